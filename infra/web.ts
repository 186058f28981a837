import { buildDashboard, buildDocs } from "./build.ts";
import { capability } from "./function.ts";
import { api } from "./gateway.ts";
import { devDashboard } from "./stage.ts";
import { inputBucket, outputBucket } from "./storage.ts";

// A deployed static site would be a CloudFront distribution; the API's own $default route serves the same files.
const site = $dev
  ? new sst.aws.StaticSite("Web", {
      path: "packages/web",
      environment: { VITE_API_URL: api.url },
      // packages/web has these types formatted like the rest; SST would write them anew in its own way.
      vite: { types: "../../.sst/vite-env.d.ts" },
      dev: { command: `npm run dev -- --port ${new URL(devDashboard).port} --strictPort`, url: devDashboard },
    })
  : undefined;

/** Also serves the API's documentation, which is all it does in `sst dev`. */
export const dashboard = capability("dashboard", {
  // Its pages may talk to these only.
  link: [inputBucket, outputBucket],
  copyFiles: [{ from: $dev ? await buildDocs(devDashboard) : await buildDashboard(), to: "dashboard" }],
});

api.route("$default", dashboard.arn);

export const dashboardUrl = site?.url ?? api.url;
