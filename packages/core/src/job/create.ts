import { addToCaller, addToDay, type Counts, callerKey, quotaError, today } from "../quota.ts";
import { type JobRecord, table } from "./entity.ts";
import { Options } from "./options.ts";
import { conditionFailed, retryWhileBusy, usedToday } from "./record.ts";
import { expiryOf } from "./transitions.ts";

/**
 * Creates a job that waits for its file, and counts the upload. `caller` is the address it is counted for, where there is one.
 * Throws `throttled` when a limit of the day is reached.
 */
export async function createJob(given: {
  jobId: string;
  filename: string;
  bytes: number;
  caller?: string | undefined;
}): Promise<JobRecord> {
  const { caller, ...input } = given;
  const now = new Date().toISOString();
  const day = today();
  const counts: Counts = { uploads: 1, uploadBytes: input.bytes };
  const record = {
    ...input,
    status: "PENDING_UPLOAD" as const,
    createdAt: now,
    updatedAt: now,
    revision: 1,
    writes: [],
    dueAt: expiryOf(now),
    options: Options.parse({}),
    attempt: 1,
  };
  return retryWhileBusy(async () => {
    const { canceled, data } = await table()
      .transaction.write((writes) => [
        writes.job.create(record).commit({ response: "all_old" }),
        addToDay(writes, day, counts, { limited: true }),
        ...(caller === undefined ? [] : [addToCaller(writes, day, callerKey(day, caller))]),
      ])
      .go();
    // The id is random: a record that exists was made by this call, whose response was lost.
    if (!canceled || data[0]?.code === conditionFailed) return { done: record };
    if (data.every(({ code }) => code !== conditionFailed)) return "busy";
    throw quotaError(counts, await usedToday(day));
  });
}
