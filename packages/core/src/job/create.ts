import { type JobRecord, jobs } from "./entity.ts";
import { Options } from "./options.ts";

/** A job that awaits its file. `uploadId` is the multipart upload that was begun for it. */
export const createJob = async (given: {
  jobId: string;
  filename: string;
  bytes: number;
  uploadId?: string;
}): Promise<JobRecord> => {
  const now = new Date().toISOString();
  const { data } = await jobs()
    .create({
      ...given,
      status: "PENDING_UPLOAD",
      createdAt: now,
      updatedAt: now,
      options: Options.parse({}),
      attempt: 1,
      attempts: [],
    })
    .go();
  return data;
};
