/// <reference path="../../.sst/platform/config.d.ts" />

// Lets the repository's workflows deploy. An administrator deploys it once per account (docs/previews.md).
export default $config({
  app() {
    return {
      // Not unparquet-…: `sst state list` confuses apps whose names start alike, and crashes.
      name: "bootstrap-unparquet",
      home: "aws",
      removal: "remove",
      providers: { aws: { region: "us-east-1", version: "7.20.0" } },
    };
  },
  async run() {
    const { previewRole, productionRole } = await import("./roles.ts");
    return { AWS_PREVIEW_ROLE: previewRole.arn, AWS_PRODUCTION_ROLE: productionRole.arn };
  },
});
