/// <reference path="./.sst/platform/config.d.ts" />

export default $config({
  app(input) {
    const production = input.stage === "production";
    const name = "unparquet";
    return {
      name,
      home: "aws",
      removal: production ? "retain" : "remove",
      protect: production,
      // Also deletes a removed stage's history and passphrase from SST's own storage.
      state: { purge: !production },
      providers: {
        aws: {
          region: "us-east-1",
          version: "7.20.0",
          // In addition to SST's own sst:app and sst:stage.
          defaultTags: { tags: { app: name, stage: input.stage } },
        },
      },
      // The sst-env.d.ts at the root covers every package.
      types: { ignore: ["bench", "glue", "packages"] },
    };
  },
  async run() {
    // First, because its transform only applies to resources created later.
    await import("./infra/stage.ts");
    const { inputBucket, outputBucket } = await import("./infra/storage.ts");
    const { api } = await import("./infra/gateway.ts");
    await import("./infra/api.ts");
    await import("./infra/events.ts");
    const { dashboardUrl } = await import("./infra/web.ts");
    const { topic } = await import("./infra/monitoring/alarms.ts");
    await import("./infra/monitoring/dashboard.ts");
    await import("./infra/monitoring/queries.ts");
    return {
      api: api.url,
      dashboard: dashboardUrl,
      inputBucket: inputBucket.properties.name,
      outputBucket: outputBucket.properties.name,
      alarms: topic.arn,
    };
  },
});
