import { applied, checked, jobs, rawItem, result } from "@unparquet/testing/fixtures/records";
import fc from "fast-check";
import { expect, test } from "vitest";
import { Options } from "../conversion/options.ts";
import { findAttempts } from "./jobs.ts";
import { type AttemptRecord, findRecord, type JobRecord, type TransitionResult } from "./record.ts";
import { isEnded, nextStatuses, type StoredStatus } from "./schema.ts";
import {
  beginDelete,
  cancelled,
  claimStart,
  expire,
  fail,
  queue,
  queueAgain,
  recordRun,
  rejectInput,
  requestCancel,
  setUploadId,
  succeed,
} from "./transitions.ts";

const input = checked(Options.parse({ format: "json" }));
const error = { code: "corrupt_file", message: "page 3" } as const;

/** All keys of the stored item have to say what its attributes say, or a query would miss it. */
const expectKeys = async ({ jobId, createdAt }: JobRecord, status: string) => {
  const item = await rawItem(jobId);
  expect(item).toMatchObject({
    pk: `$unparquet#jobId_${jobId}`,
    sk: "$job_1",
    gsi1pk: `$unparquet#status_${status}`,
    gsi1sk: `$job_1#createdAt_${createdAt}#jobId_${jobId}`,
    gsi2pk: "$unparquet",
    gsi2sk: `$job_1#createdAt_${createdAt}#jobId_${jobId}`,
    gsi3pk: "$unparquet",
    gsi3sk: `$job_1#dueAt_${item?.dueAt}#jobId_${jobId}`,
    status,
    jobId,
    createdAt,
  });
  return item;
};

test("a new job is stored with all its keys", async () => {
  const item = await expectKeys(await jobs.pending(), "PENDING_UPLOAD");
  expect(item).toMatchObject({ attempt: 1, bytes: 12, filename: "trips.parquet" });
});

test.each<[string, () => Promise<JobRecord>, string, object]>([
  [
    "PENDING_UPLOAD → QUEUED",
    async () => applied(queue(await jobs.pending(), input)),
    "QUEUED",
    { attempt: 1, bytes: 13, options: input.options, lane: "shell" },
  ],
  [
    "PENDING_UPLOAD → FAILED",
    async () => applied(rejectInput(await jobs.pending(), error, input.options)),
    "FAILED",
    { attempt: 1, error, endedAt: expect.any(String) },
  ],
  ["PENDING_UPLOAD → EXPIRED", async () => applied(expire(await jobs.pending())), "EXPIRED", {}],
  [
    "QUEUED → RUNNING",
    async () => applied(recordRun(await jobs.queued(), "jr_7")),
    "RUNNING",
    { runId: "jr_7", runningAt: expect.any(String) },
  ],
  ["QUEUED → FAILED", async () => applied(fail(await jobs.queued(), error)), "FAILED", { error }],
  [
    "QUEUED → CANCELLED",
    async () => applied(cancelled(await jobs.queued())),
    "CANCELLED",
    { endedAt: expect.any(String) },
  ],
  [
    "RUNNING → SUCCEEDED",
    async () => applied(succeed(await jobs.running(), result)),
    "SUCCEEDED",
    { result, runId: "jr_1" },
  ],
  [
    "RUNNING → FAILED",
    async () => applied(fail(await jobs.running(), error)),
    "FAILED",
    { error, runId: "jr_1" },
  ],
  ["RUNNING → CANCELLING", async () => applied(requestCancel(await jobs.running())), "CANCELLING", {}],
  ["RUNNING → CANCELLED", async () => applied(cancelled(await jobs.running())), "CANCELLED", {}],
  ["CANCELLING → CANCELLED", async () => applied(cancelled(await jobs.cancelling())), "CANCELLED", {}],
  [
    "CANCELLING → SUCCEEDED",
    async () => applied(succeed(await jobs.cancelling(), result)),
    "SUCCEEDED",
    { result },
  ],
  ["CANCELLING → FAILED", async () => applied(fail(await jobs.cancelling(), error)), "FAILED", { error }],
  ["FAILED → QUEUED", async () => applied(queueAgain(await jobs.failed(), input)), "QUEUED", { attempt: 2 }],
  [
    "CANCELLED → QUEUED",
    async () => applied(queueAgain(await jobs.cancelled(), input)),
    "QUEUED",
    { attempt: 2 },
  ],
  [
    "SUCCEEDED → QUEUED",
    async () => applied(queueAgain(await jobs.succeeded(), input)),
    "QUEUED",
    { attempt: 2 },
  ],
  ["SUCCEEDED → deleted", async () => applied(beginDelete(await jobs.succeeded())), "DELETING", {}],
])("the transition %s stores the status in all keys", async (_, transition, status, expected) => {
  const item = await expectKeys(await transition(), status);
  expect(item).toMatchObject(expected);
});

test("a retry moves the earlier attempt and its error into a separate item", async () => {
  const failed = await jobs.failed();
  const { jobId } = await applied(queueAgain(failed, input));
  const item = await rawItem(jobId);
  expect(item).not.toHaveProperty("error");
  expect(item).not.toHaveProperty("result");
  expect(await findAttempts((await findRecord(jobId)) ?? failed)).toMatchObject([
    { attempt: 1, status: "FAILED", error, options: failed.options },
    { attempt: 2, status: "QUEUED", options: input.options },
  ]);
});

test("a transition from a status that the job has left changes nothing and returns the current job", async () => {
  const failed = await jobs.failed();
  await applied(queueAgain(failed, input));
  const late = await queueAgain(failed, input);
  expect(late).toMatchObject({ applied: false, job: { status: "QUEUED", attempt: 2 } });
  expect(await findRecord(failed.jobId)).toEqual(late.job);
});

test("a transition of an earlier attempt changes nothing although the status is the same", async () => {
  const first = await jobs.running();
  const failed = await applied(fail(first, error));
  const second = await applied(recordRun(await applied(queueAgain(failed, input)), "jr_2"));
  expect(await succeed(first, result)).toMatchObject({ applied: false });
  expect(await findRecord(first.jobId)).toEqual(second);
});

test("a transition of a removed job does not create a record", async () => {
  const ghost = { ...(await jobs.pending()), jobId: "job_0000000000000000000000" };
  expect(await queue(ghost, input)).toEqual({ applied: false, job: { ...ghost, status: "DELETING" } });
  expect(await rawItem(ghost.jobId)).toBeUndefined();
});

test("only one of two callers claims a start", async () => {
  const queued = await jobs.queued();
  const claims = await Promise.all([claimStart(queued), claimStart(queued)]);
  expect(claims.filter(({ applied }) => applied)).toHaveLength(1);
});

test("completing an upload clears its upload id", async () => {
  const pending = await applied(setUploadId(await jobs.pending(), "upload-1"));
  const completed = await applied(setUploadId(pending, undefined));
  expect(completed).not.toHaveProperty("uploadId");
  expect(await findRecord(pending.jobId)).toEqual(completed);
});

test("ids that differ only in case are different jobs", async () => {
  const { jobId } = await jobs.pending();
  const other = jobId.replaceAll(/[a-z]/gi, (letter) =>
    letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase(),
  );
  expect(await findRecord(other.replace(/^JOB_/, "job_"))).toBeNull();
});

const options = Options.parse({});

/** Each way to each status, from a copy of the job that may be older than the job is. */
const ways: Record<StoredStatus, (job: JobRecord) => Promise<TransitionResult>> = {
  PENDING_UPLOAD: () => Promise.reject(new Error("No job becomes pending")),
  QUEUED: (job) => (job.status === "PENDING_UPLOAD" ? queue : queueAgain)(job, checked(options)),
  RUNNING: (job) => recordRun(job, `jr_${job.attempt}`),
  CANCELLING: requestCancel,
  SUCCEEDED: (job) => succeed(job, result),
  FAILED: (job) => (job.status === "PENDING_UPLOAD" ? rejectInput(job, error, options) : fail(job, error)),
  CANCELLED: cancelled,
  EXPIRED: expire,
  DELETING: beginDelete,
};

/** An attempt without the columns of its result, which are dropped once there is a later one. */
const withoutColumns = (attempt: AttemptRecord | undefined) => ({
  ...attempt,
  result: attempt?.result && { ...attempt.result, columns: [] },
});

const step = fc.record({ copy: fc.nat(), way: fc.nat() });

test("every applied write counts once, and no write changes an ended attempt", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(step, fc.option(step)), { maxLength: 20 }), async (steps) => {
      const first = await jobs.pending();
      const copies: JobRecord[] = [first];
      let now = first;
      for (const together of steps) {
        const writes = together.flatMap((chosen) => {
          const copy = chosen && copies[chosen.copy % copies.length];
          const targets: readonly StoredStatus[] = copy ? nextStatuses[copy.status] : [];
          const to = chosen && targets[chosen.way % targets.length];
          // Deletion would end most examples early; its races have a test of their own.
          return copy && to && to !== "DELETING" ? [() => ways[to](copy)] : [];
        });
        const before = await findAttempts(now);
        const outcomes = await Promise.all(writes.map((write) => write()));

        const { revision } = now;
        now = (await findRecord(first.jobId)) ?? first;
        expect(now.revision - revision).toBe(outcomes.filter(({ applied }) => applied).length);
        copies.push(now);
        const after = await findAttempts(now);
        expect(after.map(({ attempt }) => attempt)).toEqual(after.map((_, index) => index + 1));
        for (const entry of before.filter(({ status }) => isEnded(status))) {
          expect(withoutColumns(after[entry.attempt - 1])).toEqual(withoutColumns(entry));
        }
      }
    }),
    { numRuns: 20 },
  );
});
