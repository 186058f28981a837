import type { LaneName } from "../deployment.ts";
import { lambda } from "./lambda.ts";
import type { Lane } from "./lane.ts";
import { shell } from "./shell.ts";

export const lanes: Record<LaneName, Lane> = { lambda, shell };

/** The lane of an attempt. Attempts stored before there were lanes ran in Glue. */
export function laneOf({ lane = "shell" }: { lane?: LaneName | undefined }): Lane {
  return lanes[lane];
}
