import { deploy, pascal } from "@unparquet/testing/deployment/deploy";
import { describe, expect, test } from "vitest";
import { document } from "../packages/functions/src/docs/document.ts";

const { all, one, statements, built, resources } = await deploy("pr-1");

const functions = {
  upload: ["POST /upload", "GET /upload/{jobId}/parts", "POST /upload/{jobId}/complete"],
  trigger: ["POST /trigger-job", "POST /jobs/{jobId}/retry"],
  convert: ["POST /convert"],
  status: ["GET /job-status/{jobId}"],
  download: ["GET /download/{jobId}"],
  jobs: ["GET /jobs", "POST /jobs/{jobId}/cancel", "DELETE /jobs/{jobId}"],
  dashboard: ["$default"],
  "run-ended": [],
  reconcile: [],
};
const linked: Record<string, string[]> = {
  upload: ["JobTable", "InputBucket", "OutputBucket", "Limits"],
  trigger: ["JobTable", "InputBucket", "OutputBucket", "GlueJob", "SparkJob", "ConverterFunction", "Limits"],
  convert: ["JobTable", "InputBucket", "OutputBucket", "GlueJob", "SparkJob", "ConverterFunction", "Limits"],
  status: ["JobTable", "OutputBucket"],
  download: ["JobTable", "OutputBucket"],
  jobs: ["JobTable", "InputBucket", "OutputBucket", "GlueJob", "SparkJob"],
  dashboard: ["InputBucket", "OutputBucket"],
  "run-ended": ["JobTable", "OutputBucket", "GlueJob", "SparkJob"],
  reconcile: [
    "JobTable",
    "InputBucket",
    "OutputBucket",
    "GlueJob",
    "SparkJob",
    "ConverterFunction",
    "Limits",
  ],
};
const arn = (name: string) => `arn:aws:lambda:us-east-1:123456789012:function/${pascal(name)}Function`;

describe("the API", () => {
  test.each(Object.entries(functions))("the routes of %s go to its own function", (name, routes) => {
    const integrations = all("aws:apigatewayv2/integration:Integration").filter(
      ({ inputs }) => inputs.integrationUri === arn(name),
    );
    const routed = all("aws:apigatewayv2/route:Route").filter(({ inputs }) =>
      integrations.some((integration) => inputs.target === `integrations/${integration.name}`),
    );
    expect(routed.map(({ inputs }) => inputs.routeKey).toSorted()).toEqual(routes.toSorted());
  });

  test("every route of the OpenAPI document is deployed", () => {
    const routed = all("aws:apigatewayv2/route:Route").map(({ inputs }) => inputs.routeKey);
    const declared = Object.entries(document.paths).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(routed.toSorted()).toEqual([...declared, "$default"].toSorted());
  });

  test("the API throttles requests and logs them", () => {
    const stage = one("aws:apigatewayv2/stage:Stage", "ApiStage");
    expect(stage.defaultRouteSettings).toEqual({ throttlingRateLimit: 15, throttlingBurstLimit: 100 });
    expect(stage.accessLogSettings.destinationArn).toMatch(/ApiAccessLog$/);
  });

  test("CORS allows calls to the API from any page", () => {
    expect(one("aws:apigatewayv2/api:Api", "ApiApi").corsConfiguration).toMatchObject({
      allowOrigins: ["*"],
      allowMethods: ["GET", "POST", "DELETE"],
      allowHeaders: ["accept", "content-type"],
    });
  });
});

/** Megabytes and seconds, explained in docs/functions.md. */
const limits: Record<string, { memorySize: number; timeout: number }> = {
  upload: { memorySize: 1024, timeout: 29 },
  trigger: { memorySize: 1024, timeout: 20 },
  convert: { memorySize: 1024, timeout: 29 },
  status: { memorySize: 1024, timeout: 10 },
  download: { memorySize: 1024, timeout: 10 },
  jobs: { memorySize: 1024, timeout: 29 },
  dashboard: { memorySize: 1024, timeout: 10 },
  "run-ended": { memorySize: 512, timeout: 20 },
  reconcile: { memorySize: 512, timeout: 50 },
};

describe.each(Object.keys(functions))("function %s", (name) => {
  test(`function ${name} runs Node 24 on ARM`, () => {
    expect(one("aws:lambda/function:Function", `${pascal(name)}Function`)).toMatchObject({
      runtime: "nodejs24.x",
      architectures: ["arm64"],
    });
  });

  test(`function ${name} has the memory and timeout that it was measured to need`, () => {
    const { memorySize, timeout } = one("aws:lambda/function:Function", `${pascal(name)}Function`);
    expect({ memorySize, timeout }).toEqual(limits[name]);
    // API Gateway times out after 30 seconds, and a start of a run counts as interrupted after 60.
    expect(timeout).toBeLessThan(functions[name as keyof typeof functions].length > 0 ? 30 : 60);
  });

  test(`function ${name} is linked to the names and limits that it uses and to no others`, () => {
    const links = built[pascal(name)]?.links ?? {};
    expect(Object.keys(links).toSorted()).toEqual(linked[name]?.toSorted() ?? []);
    for (const link of Object.values(links))
      expect(link).toMatchObject({ type: expect.stringContaining("Linkable") });
  });
});

test("every log has the configured retention", () => {
  const groups = all("aws:cloudwatch/logGroup:LogGroup");
  expect(groups).toHaveLength(Object.keys(functions).length + 2);
  for (const { inputs } of groups) expect(inputs.retentionInDays).toBe(7);
});

test("the converter is a Python Shell job that queues runs and never retries by itself", () => {
  expect(one("aws:glue/job:Job", "Converter")).toMatchObject({
    name: "unparquet-pr-1-converter",
    command: {
      name: "pythonshell",
      pythonVersion: "3.9",
      scriptLocation: expect.stringMatching(/^s3:\/\/unparquet-pr-1-assetsbucket-\w+\/glue\/\w+\/job\.py$/),
    },
    defaultArguments: {
      "--extra-py-files": expect.stringMatching(
        /^s3:\/\/unparquet-pr-1-assetsbucket-\w+\/glue\/\w+\/unparquet-[\w.-]+-cp39-abi3-manylinux2014_x86_64\.whl$/,
      ),
    },
    roleArn: expect.stringMatching(/ConverterRole$/),
    glueVersion: "3.0",
    maxCapacity: 0.0625,
    timeout: 120,
    executionProperty: { maxConcurrentRuns: 5 },
    jobRunQueuingEnabled: true,
    maxRetries: 0,
  });
});

describe("the lane lambda", () => {
  test("the lane lambda runs the wheel of the Glue job and never retries by itself", () => {
    expect(one("aws:lambda/function:Function", "ConverterFunction")).toMatchObject({
      name: "unparquet-pr-1-converter",
      runtime: "python3.13",
      architectures: ["x86_64"],
      handler: "unparquet.aws_lambda.handler",
      memorySize: 3008,
      timeout: 900,
      s3Bucket: expect.stringMatching(/^unparquet-pr-1-assetsbucket-/),
      s3Key: expect.stringMatching(/\.whl$/),
    });
    expect(
      one("aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig", "ConverterEvents"),
    ).toMatchObject({
      maximumRetryAttempts: 0,
      maximumEventAgeInSeconds: 900,
      destinationConfig: { onFailure: { destination: arn("run-ended") } },
    });
  });

  test("each manifest is reported to the function that ends jobs", () => {
    const [notification] = all("aws:s3/bucketNotification:BucketNotification");
    expect(notification?.inputs.lambdaFunctions).toEqual([
      expect.objectContaining({
        lambdaFunctionArn: arn("run-ended"),
        events: ["s3:ObjectCreated:*"],
        filterPrefix: "reports/",
        filterSuffix: "/manifest.json",
      }),
    ]);
  });

  test("a stage without the lane lambda has no converter function", async () => {
    const stage = await deploy("pr-1", { env: { UNPARQUET_LANES: "shell" } });
    expect(stage.all("aws:lambda/function:Function").map(({ name }) => name)).not.toContain(
      "ConverterFunction",
    );
    expect(stage.all("aws:s3/bucketNotification:BucketNotification")).toEqual([]);
    expect(stage.built.Trigger?.links.ConverterFunction).toMatchObject({ name: "", outputMaxBytes: 0 });
  });
});

describe("the lane spark", async () => {
  const stage = await deploy("pr-1", { env: { UNPARQUET_LANES: "lambda,shell,spark" } });

  test("the lane spark is a job of Glue for Spark that queues runs and never retries by itself", () => {
    const asset = (name: string) =>
      expect.stringMatching(`^s3://unparquet-pr-1-assetsbucket-\\w+/glue/\\w+/${name}$`);
    expect(stage.one("aws:glue/job:Job", "ConverterSpark")).toMatchObject({
      name: "unparquet-pr-1-converter-spark",
      command: { name: "glueetl", pythonVersion: "3", scriptLocation: asset("spark_job\\.py") },
      defaultArguments: {
        "--job-language": "python",
        "--additional-python-modules": asset("unparquet-[\\w.-]+-cp39-abi3-manylinux2014_x86_64\\.whl"),
      },
      roleArn: expect.stringMatching(/ConverterSparkRole$/),
      glueVersion: "5.0",
      workerType: "G.1X",
      numberOfWorkers: 2,
      timeout: 60,
      executionProperty: { maxConcurrentRuns: 5 },
      jobRunQueuingEnabled: true,
      maxRetries: 0,
    });
  });

  test("the functions know the lane spark and its limits", () => {
    expect(stage.built.Trigger?.links.SparkJob).toMatchObject({
      name: "unparquet-pr-1-converter-spark",
      ...{ outputMinBytes: 100e9, workersMax: 51, flex: false },
    });
    expect(stage.built.Trigger?.links.Limits).toMatchObject({ sparkDpuHoursPerDay: 200 });
  });

  test("events of both Glue jobs reach the function", () => {
    const [rule] = stage.all("aws:cloudwatch/eventRule:EventRule");
    expect(JSON.parse(rule?.inputs.eventPattern).detail).toEqual({
      jobName: ["unparquet-pr-1-converter", "unparquet-pr-1-converter-spark"],
    });
  });

  test("a stage without the lane spark has nothing of it but an empty link", () => {
    expect(all("aws:glue/job:Job").map(({ name }) => name)).toEqual(["Converter"]);
    const added = stage.resources.filter(
      ({ type, name }) => !resources.some((one) => one.type === type && one.name === name),
    );
    expect(added.map(({ name }) => name).toSorted()).toEqual([
      "ConverterSpark",
      "ConverterSparkRole",
      "SparkScript",
    ]);
    expect(built.Trigger?.links.SparkJob).toMatchObject({ name: "", outputMinBytes: 0, workersMax: 0 });
    expect(built.Trigger?.links.Limits).toMatchObject({ sparkDpuHoursPerDay: 0 });
  });
});

describe("the events of Glue", () => {
  const [target] = all("aws:cloudwatch/eventTarget:EventTarget");

  test("events of this stage's Glue job reach the function", () => {
    const [rule] = all("aws:cloudwatch/eventRule:EventRule");
    expect(JSON.parse(rule?.inputs.eventPattern)).toEqual({
      source: ["aws.glue"],
      "detail-type": ["Glue Job State Change"],
      detail: { jobName: ["unparquet-pr-1-converter"] },
    });
    expect(rule?.inputs).toMatchObject({ eventBusName: "default", state: "ENABLED" });
    expect(target?.inputs.arn).toBe(arn("run-ended"));
  });

  test("events of Glue are retried, and kept for two weeks after the last retry", () => {
    const queue = "arn:aws:sqs:us-east-1:123456789012:queue/DeadLettersQueue";
    expect(target?.inputs).toMatchObject({
      retryPolicy: { maximumEventAgeInSeconds: 21_600, maximumRetryAttempts: 10 },
      deadLetterConfig: { arn: queue },
    });
    expect(
      one("aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig", "RunEndedEventInvokeConfig"),
    ).toMatchObject({ maximumRetryAttempts: 2, destinationConfig: { onFailure: { destination: queue } } });
    expect(one("aws:sqs/queue:Queue", "DeadLettersQueue")).toMatchObject({
      messageRetentionSeconds: 1_209_600,
    });
  });

  test("only the rule may send events to the dead-letter queue", () => {
    const { policy } = one("aws:sqs/queuePolicy:QueuePolicy", "DeadLettersPolicy");
    expect(statements(policy)).toEqual([
      expect.stringMatching(
        /^Allow sqs:SendMessage on queue\/DeadLettersQueue to events\.amazonaws\.com if ArnEquals aws:SourceArn eventRule\/\w+$/,
      ),
    ]);
  });
});

test("the reconciler runs every minute", () => {
  expect(one("aws:scheduler/schedule:Schedule", "ReconcilerSchedule")).toMatchObject({
    scheduleExpression: "rate(1 minute)",
    state: "ENABLED",
    target: { arn: arn("reconcile"), deadLetterConfig: { arn: expect.stringMatching(/DeadLettersQueue$/) } },
  });
});
