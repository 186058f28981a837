import { deploy, pascal } from "@unparquet/testing/deployment/deploy";
import { describe, expect, it } from "vitest";
import { document } from "../packages/functions/src/docs/document.ts";

const { all, one, statements, built } = await deploy("pr-1");

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
  trigger: ["JobTable", "InputBucket", "OutputBucket", "GlueJob", "ConverterFunction", "Limits"],
  convert: ["JobTable", "InputBucket", "OutputBucket", "GlueJob", "ConverterFunction", "Limits"],
  status: ["JobTable", "OutputBucket"],
  download: ["JobTable", "OutputBucket"],
  jobs: ["JobTable", "InputBucket", "OutputBucket", "GlueJob"],
  dashboard: ["InputBucket", "OutputBucket"],
  "run-ended": ["JobTable", "OutputBucket", "GlueJob"],
  reconcile: ["JobTable", "InputBucket", "OutputBucket", "GlueJob", "ConverterFunction", "Limits"],
};
const arn = (name: string) => `arn:aws:lambda:us-east-1:123456789012:function/${pascal(name)}Function`;

describe("the API", () => {
  it.each(Object.entries(functions))("has the routes of %s go to its own function", (name, routes) => {
    const integrations = all("aws:apigatewayv2/integration:Integration").filter(
      ({ inputs }) => inputs.integrationUri === arn(name),
    );
    const routed = all("aws:apigatewayv2/route:Route").filter(({ inputs }) =>
      integrations.some((integration) => inputs.target === `integrations/${integration.name}`),
    );
    expect(routed.map(({ inputs }) => inputs.routeKey).toSorted()).toEqual(routes.toSorted());
  });

  it("has every route of the OpenAPI document", () => {
    const routed = all("aws:apigatewayv2/route:Route").map(({ inputs }) => inputs.routeKey);
    const declared = Object.entries(document.paths).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(routed.toSorted()).toEqual([...declared, "$default"].toSorted());
  });

  it("throttles and logs", () => {
    const stage = one("aws:apigatewayv2/stage:Stage", "ApiStage");
    expect(stage.defaultRouteSettings).toEqual({ throttlingRateLimit: 15, throttlingBurstLimit: 100 });
    expect(stage.accessLogSettings.destinationArn).toMatch(/ApiAccessLog$/);
  });

  it("may be called from any page", () => {
    expect(one("aws:apigatewayv2/api:Api", "ApiApi").corsConfiguration).toMatchObject({
      allowOrigins: ["*"],
      allowMethods: ["GET", "POST", "DELETE"],
      allowHeaders: ["accept", "content-type"],
    });
  });
});

/** Megabytes and seconds: docs/functions.md says why. */
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
  it("runs Node 24 on ARM", () => {
    expect(one("aws:lambda/function:Function", `${pascal(name)}Function`)).toMatchObject({
      runtime: "nodejs24.x",
      architectures: ["arm64"],
    });
  });

  it("has the memory and the time it was measured to need", () => {
    const { memorySize, timeout } = one("aws:lambda/function:Function", `${pascal(name)}Function`);
    expect({ memorySize, timeout }).toEqual(limits[name]);
    // API Gateway gives up after 30 seconds, and a start of a run counts as broken off after 60.
    expect(timeout).toBeLessThan(functions[name as keyof typeof functions].length > 0 ? 30 : 60);
  });

  it("is linked to names and limits, and to none it does not use", () => {
    const links = built[pascal(name)]?.links ?? {};
    expect(Object.keys(links).toSorted()).toEqual(linked[name]?.toSorted() ?? []);
    for (const link of Object.values(links))
      expect(link).toMatchObject({ type: expect.stringContaining("Linkable") });
  });
});

it("keeps every log for as long as the stage is told", () => {
  const groups = all("aws:cloudwatch/logGroup:LogGroup");
  expect(groups).toHaveLength(Object.keys(functions).length + 2);
  for (const { inputs } of groups) expect(inputs.retentionInDays).toBe(7);
});

it("runs the converter as a Python Shell job that queues and never retries by itself", () => {
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
  it("runs the wheel of the Glue job, and never retries by itself", () => {
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

  it("reports each manifest to the function that ends jobs", () => {
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

  it("does not exist in a stage without it", async () => {
    const stage = await deploy("pr-1", { env: { UNPARQUET_LANES: "shell" } });
    expect(stage.all("aws:lambda/function:Function").map(({ name }) => name)).not.toContain(
      "ConverterFunction",
    );
    expect(stage.all("aws:s3/bucketNotification:BucketNotification")).toEqual([]);
    expect(stage.built.Trigger?.links.ConverterFunction).toMatchObject({ name: "", outputMaxBytes: 0 });
  });
});

describe("the events of Glue", () => {
  const [target] = all("aws:cloudwatch/eventTarget:EventTarget");

  it("reach the function when they are about this job", () => {
    const [rule] = all("aws:cloudwatch/eventRule:EventRule");
    expect(JSON.parse(rule?.inputs.eventPattern)).toEqual({
      source: ["aws.glue"],
      "detail-type": ["Glue Job State Change"],
      detail: { jobName: ["unparquet-pr-1-converter"] },
    });
    expect(rule?.inputs).toMatchObject({ eventBusName: "default", state: "ENABLED" });
    expect(target?.inputs.arn).toBe(arn("run-ended"));
  });

  it("are tried again, and kept for two weeks when given up", () => {
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

  it("may be put into the queue by that rule alone", () => {
    const { policy } = one("aws:sqs/queuePolicy:QueuePolicy", "DeadLettersPolicy");
    expect(statements(policy)).toEqual([
      expect.stringMatching(
        /^Allow sqs:SendMessage on queue\/DeadLettersQueue to events\.amazonaws\.com if ArnEquals aws:SourceArn eventRule\/\w+$/,
      ),
    ]);
  });
});

it("reconciles every minute", () => {
  expect(one("aws:scheduler/schedule:Schedule", "ReconcilerSchedule")).toMatchObject({
    scheduleExpression: "rate(1 minute)",
    state: "ENABLED",
    target: { arn: arn("reconcile"), deadLetterConfig: { arn: expect.stringMatching(/DeadLettersQueue$/) } },
  });
});
