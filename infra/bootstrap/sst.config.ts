/// <reference path="../../.sst/platform/config.d.ts" />

// What lets the repository's workflows deploy: deployed by a person, once an account (docs/previews.md).
export default $config({
  app() {
    return {
      // Not unparquet-…: `sst state list` takes every app whose name begins like unparquet's for unparquet, and crashes.
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
