import { expect, test } from "vitest";
import { jobs, moved, rawItem, result } from "../testing/records.ts";
import type { JobRecord } from "./entity.ts";
import { findRecord } from "./find.ts";
import { Options } from "./options.ts";
import {
  askCancel,
  beginDelete,
  cancelled,
  claimStart,
  expire,
  fail,
  queue,
  queueAgain,
  recordRun,
  recordUpload,
  rejectInput,
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
    status,
    jobId,
    createdAt,
  });
  return item;
};

test("a new job", async () => {
  const item = await expectKeys(await jobs.pending(), "PENDING_UPLOAD");
  expect(item).toMatchObject({ attempt: 1, attempts: [], bytes: 12, filename: "trips.parquet" });
});

test.each<[string, () => Promise<JobRecord>, string, object]>([
  [
    "PENDING_UPLOAD → QUEUED",
    async () => moved(queue(await jobs.pending(), input)),
    "QUEUED",
    { attempt: 1, bytes: 13, options: input.options, attempts: [{ attempt: 1, status: "QUEUED" }] },
  ],
  [
    "PENDING_UPLOAD → FAILED",
    async () => moved(rejectInput(await jobs.pending(), error, input.options)),
    "FAILED",
    { attempt: 1, error, attempts: [{ attempt: 1, status: "FAILED", error }] },
  ],
  ["PENDING_UPLOAD → EXPIRED", async () => moved(expire(await jobs.pending())), "EXPIRED", { attempts: [] }],
  [
    "QUEUED → RUNNING",
    async () => moved(recordRun(await jobs.queued(), "jr_7")),
    "RUNNING",
    { attempts: [{ status: "RUNNING", glueRunId: "jr_7", runningAt: expect.any(String) }] },
  ],
  ["QUEUED → FAILED", async () => moved(fail(await jobs.queued(), error)), "FAILED", { error }],
  [
    "QUEUED → CANCELLED",
    async () => moved(cancelled(await jobs.queued())),
    "CANCELLED",
    { attempts: [{ status: "CANCELLED" }] },
  ],
  [
    "RUNNING → SUCCEEDED",
    async () => moved(succeed(await jobs.running(), result)),
    "SUCCEEDED",
    { result, attempts: [{ status: "SUCCEEDED", glueRunId: "jr_1" }] },
  ],
  [
    "RUNNING → FAILED",
    async () => moved(fail(await jobs.running(), error)),
    "FAILED",
    { error, attempts: [{ status: "FAILED", error, glueRunId: "jr_1" }] },
  ],
  ["RUNNING → CANCELLING", async () => moved(askCancel(await jobs.running())), "CANCELLING", {}],
  ["RUNNING → CANCELLED", async () => moved(cancelled(await jobs.running())), "CANCELLED", {}],
  ["CANCELLING → CANCELLED", async () => moved(cancelled(await jobs.cancelling())), "CANCELLED", {}],
  [
    "CANCELLING → SUCCEEDED",
    async () => moved(succeed(await jobs.cancelling(), result)),
    "SUCCEEDED",
    { result },
  ],
  ["CANCELLING → FAILED", async () => moved(fail(await jobs.cancelling(), error)), "FAILED", { error }],
  [
    "FAILED → QUEUED",
    async () => moved(queueAgain(await jobs.failed(), input)),
    "QUEUED",
    {
      attempt: 2,
      attempts: [
        { attempt: 1, status: "FAILED", error },
        { attempt: 2, status: "QUEUED" },
      ],
    },
  ],
  [
    "CANCELLED → QUEUED",
    async () => moved(queueAgain(await jobs.cancelled(), input)),
    "QUEUED",
    {
      attempt: 2,
      attempts: [
        { attempt: 1, status: "CANCELLED" },
        { attempt: 2, status: "QUEUED" },
      ],
    },
  ],
  ["SUCCEEDED → deleted", async () => moved(beginDelete(await jobs.succeeded())), "DELETING", {}],
])("%s", async (_, transition, status, expected) => {
  const item = await expectKeys(await transition(), status);
  expect(item).toMatchObject(expected);
});

test("a retry takes the earlier error away from the job, and leaves it to the attempt", async () => {
  const { jobId } = await moved(queueAgain(await jobs.failed(), input));
  const item = await rawItem(jobId);
  expect(item).not.toHaveProperty("error");
  expect(item).not.toHaveProperty("result");
});

test("a write whose status was left meanwhile changes nothing, and says how the job is", async () => {
  const queued = await jobs.queued();
  await moved(recordRun(queued, "jr_1"));
  const late = await cancelled(queued);
  expect(late).toMatchObject({ moved: false, job: { jobId: queued.jobId, status: "RUNNING" } });
  expect(await findRecord(queued.jobId)).toEqual(late.job);
});

test("a write for an earlier attempt changes nothing, though the status is the same", async () => {
  const first = await jobs.running();
  const failed = await moved(fail(first, error));
  const second = await moved(recordRun(await moved(queueAgain(failed, input)), "jr_2"));
  expect(await succeed(first, result)).toMatchObject({ moved: false });
  expect(await findRecord(first.jobId)).toEqual(second);
});

test("a write to a job that is gone makes none", async () => {
  const ghost = { ...(await jobs.pending()), jobId: "job_0000000000000000000000" };
  expect(await queue(ghost, input)).toEqual({ moved: false, job: null });
  expect(await rawItem(ghost.jobId)).toBeUndefined();
});

test("a start is claimed by one of two", async () => {
  const queued = await jobs.queued();
  const claims = await Promise.all([claimStart(queued), claimStart(queued)]);
  expect(claims.filter((claim) => claim.moved)).toHaveLength(1);
});

test("a completed upload forgets its upload id", async () => {
  const pending = await jobs.pending();
  expect(await moved(recordUpload(pending))).not.toHaveProperty("uploadId");
});

test("ids that differ in case only are different jobs", async () => {
  const { jobId } = await jobs.pending();
  const other = jobId.replaceAll(/[a-z]/gi, (letter) =>
    letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase(),
  );
  expect(await findRecord(other.replace(/^JOB_/, "job_"))).toBeNull();
});

test("a transition the table of statuses does not have is a mistake in the program", async () => {
  await expect(succeed(await jobs.pending(), result)).rejects.toThrow(
    "No job goes from PENDING_UPLOAD to SUCCEEDED",
  );
});
