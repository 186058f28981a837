import { buildDashboard, buildDocs } from "./build.ts";
import { lambda } from "./function.ts";
import { api } from "./gateway.ts";
import { config, devDashboard } from "./stage.ts";
import { inputBucket, outputBucket } from "./storage.ts";

/** From which the dashboard knows the lane of a file. */
const laneSizes = {
  VITE_LAMBDA_MAX_BYTES: String(config.lanes.lambda?.outputMaxBytes ?? 0),
  VITE_SPARK_MIN_BYTES: String(config.lanes.spark?.outputMinBytes ?? 0),
};

// Only for `sst dev`: a deployed StaticSite would need CloudFront, so the API's $default route serves the files instead.
const site = $dev
  ? new sst.aws.StaticSite("Web", {
      path: "packages/web",
      environment: { VITE_API_URL: api.url, ...laneSizes },
      // packages/web has its own copy of these types; SST would overwrite its formatting.
      vite: { types: "../../.sst/vite-env.d.ts" },
      dev: { command: `npm run dev -- --port ${new URL(devDashboard).port} --strictPort`, url: devDashboard },
    })
  : undefined;

/** Also serves the API's documentation, which is all it does in `sst dev`. */
export const dashboard = lambda("dashboard", {
  // The Content-Security-Policy allows connections to these only.
  link: [inputBucket, outputBucket],
  copyFiles: [
    { from: $dev ? await buildDocs(devDashboard) : await buildDashboard(laneSizes), to: "dashboard" },
  ],
});

api.route("$default", dashboard.arn);

export const dashboardUrl = site?.url ?? api.url;
