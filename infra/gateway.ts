import { cors } from "../packages/core/src/deployment.ts";
import { config, devDashboard } from "./stage.ts";

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

/** Pages that may exchange files with the buckets: those of the configuration, and the stage's own dashboard. */
export const fileOrigins = anyOrigin ? ["*"] : [...config.allowedOrigins, $dev ? devDashboard : api.url];
