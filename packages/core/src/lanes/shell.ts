import { Resource } from "sst";
import { glueCapacities } from "../deployment.ts";
import { glueLane } from "./glue.ts";

/** Name of the Glue job of the lane `shell`. */
export function glueJobName(): string {
  return Resource.GlueJob.name;
}

/** Glue Python Shell. */
export const shell = glueLane({
  lane: "shell",
  jobName: glueJobName,
  resources: ({ capacity }) => ({ MaxCapacity: capacity ?? glueCapacities.sixteenth }),
  // Glue bills by the second, with a minimum of one minute: https://aws.amazon.com/glue/pricing/
  billed: ({ ExecutionTime = 0, MaxCapacity = 0 }) => ({
    dpuSeconds: ExecutionTime > 0 ? Math.max(60, ExecutionTime) * MaxCapacity : 0,
  }),
});

/** The DPU for the next attempt: a full one for a large input, or if the last attempt ran out of time or memory. */
export function capacityFor(
  job: { capacity?: number | undefined; error?: { code: string } | undefined },
  bytes: number,
): number {
  const { sixteenth, whole } = glueCapacities;
  const hadTooLittle = job.error?.code === "timed_out" || job.error?.code === "out_of_memory";
  const isLarge = bytes >= Resource.GlueJob.wholeDpuFrom;
  return isLarge || hadTooLittle || job.capacity === whole ? whole : sixteenth;
}
