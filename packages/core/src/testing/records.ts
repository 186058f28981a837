import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient, GetCommand } from "@aws-sdk/lib-dynamodb";
import { Resource } from "sst";
import { Options } from "../conversion/options.ts";
import { createJob } from "../job/jobs.ts";
import { jobs as entity, type JobRecord, type TransitionResult } from "../job/record.ts";
import { createJobId } from "../job/schema.ts";
import { searches } from "../job/sweep.ts";
import { cancelled, fail, queue, recordRun, requestCancel, succeed } from "../job/transitions.ts";

const table = DynamoDBDocumentClient.from(new DynamoDBClient({}));

/** The item as the table has it, by a client that knows nothing of the entity. */
export const rawItem = async (jobId: string): Promise<Record<string, unknown> | undefined> => {
  const { Item } = await table.send(
    new GetCommand({
      TableName: Resource.JobTable.name,
      Key: { pk: `$unparquet#jobId_${jobId}`, sk: "$job_1" },
      ConsistentRead: true,
    }),
  );
  return Item;
};

/** Leaves the table empty, for tests of what looks at all jobs. */
export const removeAllRecords = async (): Promise<void> => {
  const { data } = await entity().scan.go({ pages: "all" });
  await entity()
    .delete(data.map(({ jobId }) => ({ jobId })))
    .go();
  await searches().delete({}).go();
};

/** The job after a write that has to have happened. */
export const applied = async (outcome: Promise<TransitionResult>): Promise<JobRecord> => {
  const result = await outcome;
  if (!result.applied) throw new Error(`Not applied: the job is ${result.job.status}`);
  return result.job;
};

export const result = {
  rows: 3,
  bytes: 42,
  filename: "trips.ndjson",
  contentType: "application/x-ndjson",
  durationMs: 7,
  columns: [{ name: "id", type: "int64" }],
  columnsOmitted: 0,
};

const input = { bytes: 13, options: Options.parse({}) };

/** A job brought to a status the way jobs get there. */
export const jobs = {
  pending: () => createJob({ jobId: createJobId(), filename: "trips.parquet", bytes: 12 }),
  queued: async () => applied(queue(await jobs.pending(), input)),
  running: async (runId = "jr_1") => applied(recordRun(await jobs.queued(), runId)),
  cancelling: async (runId = "jr_1") => applied(requestCancel(await jobs.running(runId))),
  succeeded: async () => applied(succeed(await jobs.running(), result)),
  failed: async () => applied(fail(await jobs.running(), { code: "corrupt_file", message: "page 3" })),
  cancelled: async () => applied(cancelled(await jobs.queued())),
};
