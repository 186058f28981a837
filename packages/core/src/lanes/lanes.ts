import type { LaneName } from "../deployment.ts";
import type { GlueLane } from "./glue.ts";
import { lambda } from "./lambda.ts";
import type { Lane } from "./lane.ts";
import { shell } from "./shell.ts";
import { spark } from "./spark.ts";

export const lanes: Record<LaneName, Lane> = { lambda, shell, spark };

/** The lane of an attempt. Attempts stored before there were lanes ran in Glue. */
export function laneOf({ lane = "shell" }: { lane?: LaneName | undefined }): Lane {
  return lanes[lane];
}

/** The lane of a Glue job, or undefined for a job of another stage. */
export function laneOfGlueJob(jobName: string): GlueLane | undefined {
  return [shell, spark].find((lane) => lane.jobName() === jobName);
}
