import { Resource } from "sst";
import type { JobRecord } from "../job/entity.ts";
import { glueCapacities } from "./definition.ts";

/** The DPU a run of the job's current attempt gets: by its input's size, and whether it had too little time before. */
export const capacityFor = (job: Pick<JobRecord, "bytes" | "attempts">): number => {
  const ranOutOfTime = job.attempts.some(({ error }) => error?.code === "timed_out");
  const { sixteenth, whole } = glueCapacities;
  return ranOutOfTime || job.bytes >= Resource.GlueJob.wholeDpuFrom ? whole : sixteenth;
};
