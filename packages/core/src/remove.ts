import { UnparquetError } from "./errors.ts";
import { type JobRecord, jobs } from "./job/entity.ts";
import { findRecord, visible } from "./job/find.ts";
import { beginDelete } from "./job/transitions.ts";
import { removeInput, removeOutputs } from "./storage/remove.ts";
import { abortMultipartUpload } from "./storage/upload.ts";

/** Removes a DELETING job's objects and, once they are gone, its record. May be repeated until it has gone through. */
export const finishDelete = async (job: JobRecord): Promise<void> => {
  const { jobId, filename, uploadId } = job;
  // Before the objects: completed after them, it would leave one.
  if (uploadId) await abortMultipartUpload({ jobId, filename, uploadId });
  await Promise.all([removeInput(jobId), removeOutputs(jobId)]);
  await jobs()
    .delete({ jobId })
    .where(({ status }, { eq }) => eq(status, "DELETING"))
    .go({ returnOnConditionCheckFailure: true });
};

/**
 * Deletes a job with all it has. From the first write on there is no such job for anyone else, and nothing is removed
 * before it: a trigger that comes first keeps its input. Throws `job_not_found`, or `wrong_status` while the job runs.
 */
export const deleteJob = async (jobId: string): Promise<void> => {
  let record = await findRecord(jobId);
  for (;;) {
    // Somebody's deletion was cut off, or is under way: this call brings it to its end.
    if (record?.status === "DELETING") return finishDelete(record);
    const job = visible(record, jobId);
    if (job.status === "QUEUED" || job.status === "RUNNING" || job.status === "CANCELLING") {
      throw new UnparquetError("wrong_status", `The job is ${job.status}: cancel it first.`);
    }
    const outcome = await beginDelete(job);
    if (outcome.moved) return finishDelete(outcome.job);
    record = outcome.job;
  }
};
