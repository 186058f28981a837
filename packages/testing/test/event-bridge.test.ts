import { setTimeout as sleep } from "node:timers/promises";
import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from "@aws-sdk/client-eventbridge";
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { findRecord } from "@unparquet/core/job/record";
import { triggerJob } from "@unparquet/core/job/run";
import { createJobId } from "@unparquet/core/job/schema";
import { uploadDirectly } from "@unparquet/core/job/upload";
import { glueJobName } from "@unparquet/core/lanes/shell";
import { eventBridgeSink, type GlueJobStateChange } from "@unparquet/local/glue/events";
import { runEnded } from "@unparquet/local/lambda";
import { beforeAll, expect, test } from "vitest";
import { delivery } from "../src/aws/delivery.ts";
import { deploy } from "../src/deployment/deploy.ts";
import { damagedNames } from "../src/fixtures/objects.ts";

// Sends the Glue endpoint's events through EventBridge's default bus and the deployed rule. A queue replaces the function, which
// moto does not run.

const sqs = new SQSClient({});
const eventBridge = new EventBridgeClient({});
const sink = eventBridgeSink();
let QueueUrl: string | undefined;

/** The pattern of the deployed rule, with this stage's Glue job. */
async function deployedPattern(): Promise<string> {
  const { all } = await deploy("pr-1");
  const [rule] = all("aws:cloudwatch/eventRule:EventRule");
  const [job] = all("aws:glue/job:Job");
  const pattern: string = rule?.inputs.eventPattern;
  expect(pattern).toContain(job?.inputs.name);
  return pattern.replace(job?.inputs.name, glueJobName());
}

beforeAll(async () => {
  const EventPattern = await deployedPattern();
  ({ QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: createJobId() })));
  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["QueueArn"] }),
  );
  await eventBridge.send(new PutRuleCommand({ Name: "state-change", EventPattern }));
  await eventBridge.send(
    new PutTargetsCommand({ Rule: "state-change", Targets: [{ Id: "function", Arn: Attributes?.QueueArn }] }),
  );
}, 120_000);

/** Receives an event that matched the rule. moto queues it before it responds to PutEvents. */
async function receive(): Promise<GlueJobStateChange | undefined> {
  const { Messages: [message] = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl }));
  if (!message?.Body) return undefined;
  await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: message.ReceiptHandle }));
  return JSON.parse(message.Body);
}

async function nextEvent(): Promise<GlueJobStateChange> {
  for (;;) {
    const event = await receive();
    if (event) return event;
    await sleep(100);
  }
}

test("the end of a run reaches the function by the deployed rule, and ends the job", async () => {
  const sent: GlueJobStateChange[] = [];
  delivery.to = async (event, signal) => {
    sent.push(event);
    await sink(event, signal);
  };
  const {
    job: { jobId },
  } = await uploadDirectly({ filename: "a.parquet" }, damagedNames);
  await triggerJob(jobId);
  const event = await nextEvent();
  const { version, source, time, region, detail, "detail-type": detailType } = sent[0] ?? {};
  expect(event).toMatchObject({ version, source, time, region, detail, "detail-type": detailType });
  expect(event.detail).toMatchObject({ jobName: glueJobName(), state: "FAILED" });
  await runEnded(event);
  expect(await findRecord(jobId)).toMatchObject({ status: "FAILED", error: { code: "corrupt_file" } });
});

test("events of other jobs, sources and types do not match the deployed rule", async () => {
  const event: GlueJobStateChange = {
    ...{ version: "0", id: "", source: "aws.glue", "detail-type": "Glue Job State Change" },
    ...{ account: "", region: "us-east-1", time: "2026-01-31T12:00:00Z", resources: [] },
    detail: { jobName: glueJobName(), jobRunId: "jr_1", state: "SUCCEEDED", severity: "INFO", message: "" },
  };
  const { signal } = new AbortController();
  await sink({ ...event, detail: { ...event.detail, jobName: `${glueJobName()}-2` } }, signal);
  await sink(Object.assign({ ...event }, { source: "unparquet.glue" }), signal);
  await sink(Object.assign({ ...event }, { "detail-type": "Glue Crawler State Change" }), signal);
  expect(await receive()).toBeUndefined();
  await sink(event, signal);
  expect((await nextEvent()).detail).toEqual(event.detail);
});
