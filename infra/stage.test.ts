import { deploy } from "@unparquet/testing/deployment/deploy";
import { describe, expect, it } from "vitest";

const [preview, production, dev] = await Promise.all([
  deploy("pr-1"),
  deploy("production"),
  deploy("anna", { dev: true }),
]);
const cloudFront = ({ type }: { type: string }) => type.startsWith("aws:cloudfront/");
const reserved = (stage: typeof preview) =>
  Object.fromEntries(
    stage
      .all("aws:lambda/function:Function")
      .filter(({ inputs }) => (inputs.reservedConcurrentExecutions ?? -1) >= 0)
      .map(({ name, inputs }) => [name, inputs.reservedConcurrentExecutions]),
  );
const data = (stage: typeof preview) =>
  [...stage.all("aws:s3/bucket:Bucket"), ...stage.all("aws:dynamodb/table:Table")].map(
    ({ name, retained }) => `${name} ${retained ? "stays" : "goes"}`,
  );

describe("production", () => {
  it("cannot be removed, and its data would stay", () => {
    expect(production.app).toMatchObject({ removal: "retain", protect: true });
    expect(data(production)).toEqual([
      "InputBucket stays",
      "OutputBucket stays",
      "AssetsBucket stays",
      "JobTable stays",
    ]);
  });

  it("lets one reconciler run at a time, and few of what ends jobs; callers are never held back", () => {
    expect(reserved(production)).toEqual({ RunEndedFunction: 5, ReconcileFunction: 1 });
  });

  it.each([
    { quota: 10, of: "a new account", granted: {} },
    { quota: 104, of: "an account with little to spare", granted: { ReconcileFunction: 1 } },
    {
      quota: 106,
      of: "an account with just enough",
      granted: { RunEndedFunction: 5, ReconcileFunction: 1 },
    },
  ])("reserves what the concurrency quota of $of ($quota) allows", async ({ quota, granted }) => {
    expect(reserved(await deploy("production", { lambdaConcurrency: quota }))).toEqual(granted);
  });

  it("backs the job table up and refuses its deletion", () => {
    expect(production.one("aws:dynamodb/table:Table", "JobTable")).toMatchObject({
      deletionProtectionEnabled: true,
      pointInTimeRecovery: { enabled: true },
    });
  });
});

describe("any other stage", () => {
  it("reserves no concurrency, whatever the account's quota: it is production's", () => {
    expect(reserved(preview)).toEqual({});
    expect(reserved(dev)).toEqual({});
  });

  it("can be removed without a trace", () => {
    expect(preview.app).toMatchObject({ removal: "remove", protect: false, state: { purge: true } });
    expect(data(preview)).toEqual([
      "InputBucket goes",
      "OutputBucket goes",
      "AssetsBucket goes",
      "JobTable goes",
    ]);
    expect(preview.one("aws:dynamodb/table:Table", "JobTable")).toMatchObject({
      deletionProtectionEnabled: false,
      pointInTimeRecovery: { enabled: false },
    });
  });

  it("serves the dashboard at the API's own address", () => {
    expect(preview.outputs).toMatchObject({ api: "https://ApiApi.test", dashboard: "https://ApiApi.test" });
  });
});

describe("sst dev", () => {
  it("serves the dashboard from Vite, as a static site that is not deployed", () => {
    expect(dev.all("sst:aws:StaticSite").map(({ name }) => name)).toEqual(["Web"]);
    expect(dev.outputs).toMatchObject({ api: "https://ApiApi.test", dashboard: "http://127.0.0.1:5173" });
  });
});

describe("where only some origins are allowed", async () => {
  const origins = "https://data.example.com";
  const env = { UNPARQUET_ALLOWED_ORIGINS: origins };
  const restricted = await Promise.all([deploy("pr-1", { env }), deploy("anna", { dev: true, env })]);
  const allowed = (stage: typeof preview) => [
    stage.one("aws:apigatewayv2/api:Api", "ApiApi").corsConfiguration.allowOrigins,
    ...["InputCors", "OutputCors"].map(
      (name) =>
        stage.one("aws:s3/bucketCorsConfiguration:BucketCorsConfiguration", name).corsRules[0].allowedOrigins,
    ),
  ];

  it("the dashboard may use the buckets, which are not at its own", () => {
    const own = "https://ApiApi.test";
    expect(allowed(restricted[0])).toEqual([[origins], [origins, own], [origins, own]]);
  });

  it("the dashboard of sst dev may use the API, too", () => {
    const dashboards = [origins, "http://127.0.0.1:5173"];
    expect(allowed(restricted[1])).toEqual([dashboards, dashboards, dashboards]);
  });
});

it("uses CloudFront nowhere", () => {
  for (const stage of [preview, production, dev]) expect(stage.resources.filter(cloudFront)).toEqual([]);
});

it.each([
  ["pr-1", preview],
  ["production", production],
  ["anna", dev],
])("%s is tagged with its app and its stage", (stage, { app }) => {
  const { version } = production.app.providers.aws;
  expect(app.providers.aws).toMatchObject({ version, defaultTags: { tags: { app: "unparquet", stage } } });
});
