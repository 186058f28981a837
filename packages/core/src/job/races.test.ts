import fc from "fast-check";
import { expect, test } from "vitest";
import { jobs, result } from "../testing/records.ts";
import type { AttemptRecord, JobRecord } from "./entity.ts";
import { findAttempts } from "./find.ts";
import { Options } from "./options.ts";
import { findRecord, type TransitionResult } from "./record.ts";
import { isEnded } from "./schema.ts";
import { nextStatuses, type StoredStatus } from "./status.ts";
import {
  askCancel,
  beginDelete,
  cancelled,
  expire,
  fail,
  queue,
  queueAgain,
  recordRun,
  rejectInput,
  succeed,
} from "./transitions.ts";

const options = Options.parse({});
const error = { code: "corrupt_file", message: "page 3" } as const;

/** Each way to each status, from a copy of the job that may be older than the job is. */
const ways: Record<StoredStatus, (job: JobRecord) => Promise<TransitionResult>> = {
  PENDING_UPLOAD: () => Promise.reject(new Error("No job becomes pending")),
  QUEUED: (job) => (job.status === "PENDING_UPLOAD" ? queue : queueAgain)(job, { bytes: 13, options }),
  RUNNING: (job) => recordRun(job, `jr_${job.attempt}`),
  CANCELLING: askCancel,
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

test("every write that is applied counts once, and none changes an attempt that has ended", async () => {
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
