import { forEachOf } from "./concurrency.ts";
import { UnparquetError } from "./errors.ts";
import { attempts, type JobRecord, jobs } from "./job/entity.ts";
import { isVisible, visible } from "./job/find.ts";
import { findRecord } from "./job/record.ts";
import { beginDelete } from "./job/transitions.ts";
import { removeInput, removeOutputs } from "./storage/remove.ts";
import { abortMultipartUpload } from "./storage/upload.ts";

const width = 8;

/** Removes a DELETING job's objects and, once they are gone, its records. May be repeated until it has gone through. */
export async function finishDelete(job: JobRecord): Promise<void> {
  const { jobId, filename, uploadId } = job;
  // Before the objects: completed after them, it would leave one.
  if (uploadId) await abortMultipartUpload({ jobId, filename, uploadId });
  await Promise.all([removeInput(jobId), removeOutputs(jobId)]);
  if (job.attempt > 1) await removeAttempts(jobId);
  await jobs()
    .delete({ jobId })
    .where(({ status }, { eq }) => eq(status, "DELETING"))
    .go({ returnOnConditionCheckFailure: true });
}

async function removeAttempts(jobId: string): Promise<void> {
  const { data } = await attempts()
    .query.attempts({ jobId })
    .go({ pages: "all", attributes: ["attempt"] });
  await forEachOf(data, width, async ({ attempt }) => {
    await attempts().delete({ jobId, attempt }).go();
  });
}

/**
 * Deletes a job with all it has. From the first write on the job does not exist for anyone else, and nothing is removed before
 * it: a trigger that comes first keeps its input. Throws `job_not_found`, or `wrong_status` while the job runs.
 */
export async function deleteJob(jobId: string): Promise<void> {
  const job = await findRecord(jobId);
  // A deletion that was cut off, or is under way, is brought to its end.
  if (job?.status === "DELETING") return finishDelete(job);
  const { job: now } = await beginDelete(visible(job, jobId));
  // Gone meanwhile: another deletion was faster.
  if (now === null) return;
  if (isVisible(now)) {
    throw new UnparquetError("wrong_status", `The job is ${now.status}: cancel it first.`);
  }
  return finishDelete(now);
}
