import { cors, resultHeaders } from "../packages/core/src/deployment.ts";
import { config, devDashboard } from "./stage.ts";
import { buckets } from "./storage.ts";

const anyOrigin = config.allowedOrigins.includes("*");

export const api = new sst.aws.ApiGatewayV2("Api", {
  cors: {
    allowOrigins: [...config.allowedOrigins, ...($dev && !anyOrigin ? [devDashboard] : [])],
    ...cors,
    maxAge: "1 day",
  },
  transform: {
    logGroup: { retentionInDays: config.logRetentionDays },
    stage: (stage) => {
      stage.defaultRouteSettings = {
        throttlingRateLimit: config.throttle.rate,
        throttlingBurstLimit: config.throttle.burst,
      };
    },
  },
});

// The buckets' CORS rules are here because they name the dashboard's origin, which is the API's URL.
const allowedOrigins = anyOrigin ? ["*"] : [...config.allowedOrigins, $dev ? devDashboard : api.url];

function allowBrowsers(
  name: string,
  bucket: sst.aws.Bucket,
  rule: { allowedMethods: string[]; exposeHeaders: string[] },
) {
  new aws.s3.BucketCorsConfiguration(
    `${name}Cors`,
    {
      bucket: bucket.name,
      corsRules: [{ ...rule, allowedHeaders: ["*"], allowedOrigins, maxAgeSeconds: 60 * 60 }],
    },
    { parent: bucket },
  );
}

// Completing a multipart upload takes the ETag of each part.
allowBrowsers("Input", buckets.input, { allowedMethods: ["PUT"], exposeHeaders: ["ETag"] });
allowBrowsers("Output", buckets.output, { allowedMethods: ["GET", "HEAD"], exposeHeaders: resultHeaders });
