import { buildDashboard } from "./build.ts";
import { lambda } from "./function.ts";
import { api } from "./gateway.ts";
import { devDashboard } from "./stage.ts";
import { inputBucket, outputBucket } from "./storage.ts";

// Only for `sst dev`: a deployed StaticSite would need CloudFront, so the API's $default route serves the files instead.
const site = $dev
  ? new sst.aws.StaticSite("Web", {
      path: "packages/web",
      environment: { VITE_API_URL: api.url },
      // packages/web has its own copy of these types; SST would overwrite its formatting.
      vite: { types: "../../.sst/vite-env.d.ts" },
      dev: { command: `npm run dev -- --port ${new URL(devDashboard).port} --strictPort`, url: devDashboard },
    })
  : undefined;

export const dashboard = $dev
  ? undefined
  : lambda("dashboard", {
      // The Content-Security-Policy allows connections to these only.
      link: [inputBucket, outputBucket],
      copyFiles: [{ from: await buildDashboard(), to: "dashboard" }],
    });

if (dashboard) api.route("$default", dashboard.arn);

export const dashboardUrl = site?.url ?? api.url;
