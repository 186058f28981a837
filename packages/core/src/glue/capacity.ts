import { Resource } from "sst";
import type { JobRecord } from "../job/entity.ts";
import { glueCapacities } from "./definition.ts";

/** The DPU that the next attempt at an input of that size gets: more than the last one where that had too little. */
export function capacityFor(job: Pick<JobRecord, "capacity" | "error">, bytes: number): number {
  const { sixteenth, whole } = glueCapacities;
  const hadTooLittle = job.error?.code === "timed_out" || job.error?.code === "out_of_memory";
  const isLarge = bytes >= Resource.GlueJob.wholeDpuFrom;
  return isLarge || hadTooLittle || job.capacity === whole ? whole : sixteenth;
}
