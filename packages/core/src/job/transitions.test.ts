import { applied, jobs, rawItem, result } from "@unparquet/testing/fixtures/records";
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

const input = { bytes: 13, options: Options.parse({ format: "json" }) };
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

const ended = { endedAt: expect.any(String) };

test.each<[string, () => Promise<JobRecord>, (job: JobRecord) => Promise<TransitionResult>, object]>([
  [
    "PENDING_UPLOAD → QUEUED",
    jobs.pending,
    (job) => queue(job, input),
    { attempt: 1, lane: "shell", ...input },
  ],
  [
    "PENDING_UPLOAD → FAILED",
    jobs.pending,
    (job) => rejectInput(job, error, input.options),
    { attempt: 1, error, ...ended },
  ],
  ["PENDING_UPLOAD → EXPIRED", jobs.pending, expire, {}],
  [
    "QUEUED → RUNNING",
    jobs.queued,
    (job) => recordRun(job, "jr_7"),
    { runId: "jr_7", runningAt: expect.any(String) },
  ],
  ["QUEUED → FAILED", jobs.queued, (job) => fail(job, error), { error }],
  ["QUEUED → CANCELLED", jobs.queued, cancelled, ended],
  ["RUNNING → SUCCEEDED", jobs.running, (job) => succeed(job, result), { result, runId: "jr_1" }],
  ["RUNNING → FAILED", jobs.running, (job) => fail(job, error), { error, runId: "jr_1" }],
  ["RUNNING → CANCELLING", jobs.running, requestCancel, {}],
  ["RUNNING → CANCELLED", jobs.running, cancelled, {}],
  ["CANCELLING → CANCELLED", jobs.cancelling, cancelled, {}],
  ["CANCELLING → SUCCEEDED", jobs.cancelling, (job) => succeed(job, result), { result }],
  ["CANCELLING → FAILED", jobs.cancelling, (job) => fail(job, error), { error }],
  ["FAILED → QUEUED", jobs.failed, (job) => queueAgain(job, input), { attempt: 2 }],
  ["CANCELLED → QUEUED", jobs.cancelled, (job) => queueAgain(job, input), { attempt: 2 }],
  ["SUCCEEDED → QUEUED", jobs.succeeded, (job) => queueAgain(job, input), { attempt: 2 }],
  ["SUCCEEDED → DELETING", jobs.succeeded, beginDelete, {}],
])("the transition %s stores the status in all keys", async (name, start, transition, expected) => {
  const [before, after = ""] = name.split(" → ");
  const job = await start();
  expect(job.status).toBe(before);
  const item = await expectKeys(await applied(transition(job)), after);
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
  QUEUED: (job) => (job.status === "PENDING_UPLOAD" ? queue : queueAgain)(job, { bytes: 13, options }),
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
