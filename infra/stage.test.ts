import { deploy } from "@unparquet/testing/deployment/deploy";
import { describe, expect, test } from "vitest";

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
  test("production cannot be removed, and its data is retained", () => {
    expect(production.app).toMatchObject({ removal: "retain", protect: true });
    expect(data(production)).toEqual([
      "InputBucket stays",
      "OutputBucket stays",
      "AssetsBucket stays",
      "JobTable stays",
    ]);
  });

  test("production reserves concurrency for the functions behind events only, never for the API", () => {
    expect(reserved(production)).toEqual({ GlueStateChangeFunction: 5, ReconcileFunction: 1 });
  });

  test.each([
    { quota: 10, of: "a new account", granted: {} },
    { quota: 104, of: "an account with little to spare", granted: { ReconcileFunction: 1 } },
    {
      quota: 106,
      of: "an account with just enough",
      granted: { GlueStateChangeFunction: 5, ReconcileFunction: 1 },
    },
  ])("reserves what the concurrency quota of $of ($quota) allows", async ({ quota, granted }) => {
    expect(reserved(await deploy("production", { lambdaConcurrency: quota }))).toEqual(granted);
  });

  test("production backs up the job table and protects it from deletion", () => {
    expect(production.one("aws:dynamodb/table:Table", "JobTable")).toMatchObject({
      deletionProtectionEnabled: true,
      pointInTimeRecovery: { enabled: true },
    });
  });
});

describe("any other stage", () => {
  test("other stages reserve no concurrency, whatever the account's quota", () => {
    expect(reserved(preview)).toEqual({});
    expect(reserved(dev)).toEqual({});
  });

  test("other stages are removed completely", () => {
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

  test("the dashboard is served at the API's address", () => {
    expect(preview.outputs).toMatchObject({ api: "https://ApiApi.test", dashboard: "https://ApiApi.test" });
  });
});

describe("sst dev", () => {
  test("sst dev serves the dashboard from Vite and does not deploy it", () => {
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

  test("restricted origins include the dashboard's for the buckets", () => {
    const own = "https://ApiApi.test";
    expect(allowed(restricted[0])).toEqual([[origins], [origins, own], [origins, own]]);
  });

  test("restricted origins include the dashboard of sst dev for the buckets and the API", () => {
    const dashboards = [origins, "http://127.0.0.1:5173"];
    expect(allowed(restricted[1])).toEqual([dashboards, dashboards, dashboards]);
  });
});

test("no stage uses CloudFront", () => {
  for (const stage of [preview, production, dev]) expect(stage.resources.filter(cloudFront)).toEqual([]);
});

test.each([
  ["pr-1", preview],
  ["production", production],
  ["anna", dev],
])("%s is tagged with its app and its stage", (stage, { app }) => {
  const { version } = production.app.providers.aws;
  expect(app.providers.aws).toMatchObject({ version, defaultTags: { tags: { app: "unparquet", stage } } });
});
