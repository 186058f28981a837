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
      // What a removed stage leaves in SST's own storage goes too: its history and its passphrase.
      state: { purge: !production },
      providers: {
        aws: {
          region: "us-east-1",
          version: "7.20.0",
          // On every resource that can have tags, beside SST's own sst:app and sst:stage.
          defaultTags: { tags: { app: name, stage: input.stage } },
        },
      },
      // One sst-env.d.ts, at the root, types every package.
      types: { ignore: ["glue", "packages"] },
    };
  },
  async run() {
    // Before anything else: it transforms what is made after it.
    await import("./infra/boundary.ts");
    const { inputBucket, outputBucket } = await import("./infra/storage.ts");
    const { api } = await import("./infra/gateway.ts");
    await import("./infra/api.ts");
    await import("./infra/events.ts");
    const { dashboardUrl } = await import("./infra/web.ts");
    const { topic } = await import("./infra/monitoring/alarms.ts");
    await import("./infra/monitoring/board.ts");
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
