import { deploy, pascal } from "@unparquet/testing/deployment/deploy";
import { describe, expect, test } from "vitest";
import { document } from "../packages/functions/src/docs/document.ts";

const { all, one, statements, built } = await deploy("pr-1");

const functions = {
  upload: ["POST /upload", "GET /upload/{jobId}/parts", "POST /upload/{jobId}/complete"],
  trigger: ["POST /trigger-job", "POST /jobs/{jobId}/retry"],
  status: ["GET /job-status/{jobId}"],
  download: ["GET /download/{jobId}"],
  jobs: ["GET /jobs", "POST /jobs/{jobId}/cancel", "DELETE /jobs/{jobId}"],
  dashboard: ["$default"],
  "glue-state-change": [],
  reconcile: [],
};
const linked: Record<string, string[]> = {
  upload: ["JobTable", "InputBucket", "OutputBucket", "Limits"],
  trigger: ["JobTable", "InputBucket", "OutputBucket", "GlueJob", "Limits"],
  status: ["JobTable", "OutputBucket"],
  download: ["JobTable", "OutputBucket"],
  jobs: ["JobTable", "InputBucket", "OutputBucket", "GlueJob"],
  dashboard: ["InputBucket", "OutputBucket"],
  "glue-state-change": ["JobTable", "OutputBucket", "GlueJob"],
  reconcile: ["JobTable", "InputBucket", "OutputBucket", "GlueJob", "Limits"],
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
  status: { memorySize: 1024, timeout: 10 },
  download: { memorySize: 1024, timeout: 10 },
  jobs: { memorySize: 1024, timeout: 29 },
  dashboard: { memorySize: 1024, timeout: 10 },
  "glue-state-change": { memorySize: 512, timeout: 20 },
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
  expect(groups).toHaveLength(Object.keys(functions).length + 1);
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
    expect(target?.inputs.arn).toBe(arn("glue-state-change"));
  });

  test("events of Glue are retried, and kept for two weeks after the last retry", () => {
    const queue = "arn:aws:sqs:us-east-1:123456789012:queue/DeadLettersQueue";
    expect(target?.inputs).toMatchObject({
      retryPolicy: { maximumEventAgeInSeconds: 21_600, maximumRetryAttempts: 10 },
      deadLetterConfig: { arn: queue },
    });
    expect(
      one(
        "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig",
        "GlueStateChangeEventInvokeConfig",
      ),
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
