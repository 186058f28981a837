import { Resource } from "sst";
import { sparkLane } from "../deployment.ts";
import { glueLane } from "./glue.ts";

/** Name of the Glue job of the lane `spark`; empty if the stage does not have it. */
export function sparkJobName(): string {
  return Resource.SparkJob.name;
}

/** Glue for Spark. */
export const spark = glueLane({
  lane: "spark",
  jobName: sparkJobName,
  resources: ({ workers }) => ({
    NumberOfWorkers: workers ?? sparkLane.workersMin,
    WorkerType: sparkLane.workerType,
    ExecutionClass: Resource.SparkJob.flex ? "FLEX" : "STANDARD",
  }),
  billed: ({ DPUSeconds, ExecutionTime = 0, NumberOfWorkers = 0 }) => ({
    // Glue reports what it bills for Flex runs only. Others are billed by the second, with a minimum of one minute:
    // https://aws.amazon.com/glue/pricing/
    sparkDpuSeconds:
      DPUSeconds ??
      (ExecutionTime > 0 ? Math.max(60, ExecutionTime) * NumberOfWorkers * sparkLane.dpuPerWorker : 0),
  }),
});

/** Workers for this much output, with the driver. */
export function workersFor(bytes: number): number {
  const { workersMin, bytesPerWorker } = sparkLane;
  const wanted = Math.ceil(bytes / bytesPerWorker) + 1;
  return Math.max(workersMin, Math.min(wanted, Resource.SparkJob.workersMax));
}
