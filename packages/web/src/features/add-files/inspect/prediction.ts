import { queryOptions } from "@tanstack/react-query";
import { estimateRun, type RunEstimate } from "@unparquet/core/lanes/cost";
import { Options } from "../../options/options.ts";
import { inspector } from "./inspector.ts";
import type { PredictedLane } from "./predict-lane.ts";
import { unchanging } from "./unchanging.ts";

/** Asks for the lane of a file, and the size of its JSON, with options that are valid. */
export const laneQuery = (file: number, options: Partial<Options>) =>
  queryOptions({
    queryKey: ["inspect", file, "lane", options],
    queryFn: ({ signal }) => inspector.lane(file, Options.parse(options), signal),
    ...unchanging,
  });

/** Time and cost of a run; undefined if they are not known, as of Spark. */
export const estimateOf = (
  { lane, predictedBytes }: PredictedLane,
  fileBytes: number,
): RunEstimate | undefined =>
  predictedBytes === null ? undefined : estimateRun(lane, fileBytes, predictedBytes);

/** "about $0.12", "under $0.01" */
export const formatCost = (dollars: number) =>
  dollars < 0.01 ? "under $0.01" : `about $${dollars.toFixed(2)}`;
