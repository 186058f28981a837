import fc from "fast-check";
import { expect, test } from "vitest";
import { jobs, result } from "../testing/records.ts";
import type { JobRecord } from "./entity.ts";
import { findRecord } from "./find.ts";
import { Options } from "./options.ts";
import { isEnded } from "./schema.ts";
import { nextStatuses, type StoredStatus } from "./status.ts";
import {
  askCancel,
  beginDelete,
  cancelled,
  expire,
  fail,
  type Outcome,
  queue,
  queueAgain,
  recordRun,
  rejectInput,
  succeed,
} from "./transitions.ts";

const options = Options.parse({});
const error = { code: "corrupt_file", message: "page 3" } as const;

/** Each way to each status, from a copy of the job that may be older than the job is. */
const ways: Record<StoredStatus, (job: JobRecord) => Promise<Outcome>> = {
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

const step = fc.record({ copy: fc.nat(), way: fc.nat() });

test("of writes from copies of any age only those move the job whose copy is how the job is, and of two at once one", async () => {
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
          return copy && to && to !== "DELETING" ? [{ copy, write: () => ways[to](copy) }] : [];
        });
        const before = now;
        const fresh = ({ copy }: { copy: JobRecord }) =>
          copy.status === before.status && copy.attempt === before.attempt;
        const outcomes = await Promise.all(writes.map(({ write }) => write()));

        const movers = outcomes.filter(({ moved }) => moved);
        // No attempt comes by a status twice, so the first cannot lead to what the other's copy shows.
        expect(movers).toHaveLength(writes.some(fresh) ? 1 : 0);
        now = (await findRecord(first.jobId)) ?? first;
        copies.push(now);
        expect(now.attempt).toBeGreaterThanOrEqual(before.attempt);
        for (const entry of before.attempts.filter(({ status }) => isEnded(status))) {
          expect(now.attempts[entry.attempt - 1]).toEqual(entry);
        }
      }
    }),
    { numRuns: 20 },
  );
});
