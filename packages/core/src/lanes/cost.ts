import { glueCapacities, glueJob, type LaneName } from "../deployment.ts";
import model from "./cost-model.json" with { type: "json" };

export interface RunEstimate {
  /** From the trigger to the end. */
  seconds: number;
  dollars: number;
}

/**
 * Time and cost of a run on AWS by the model of docs/lanes.md, which bench/lane_costs.py computes from the same numbers.
 * Undefined for Spark, whose time depends on how many workers the stage has.
 */
export function estimateRun(
  lane: LaneName,
  parquetBytes: number,
  jsonBytes: number,
): RunEstimate | undefined {
  const work = (cores: number) =>
    Math.max(
      ((jsonBytes / 1e9) * model.cpuSecondsPerGb) / cores,
      (jsonBytes + Math.min(parquetBytes, jsonBytes)) / model.networkBytesPerSecond,
    );
  switch (lane) {
    case "lambda": {
      const seconds = model.startSeconds.lambda + work(model.lambdaMegabytes / model.lambdaMegabytesPerCore);
      const gigabytes = model.lambdaMegabytes / 1024;
      return { seconds, dollars: model.lambdaRequest + seconds * gigabytes * model.lambdaGbSecond };
    }
    case "shell": {
      const capacity = parquetBytes >= glueJob.wholeDpuFrom ? glueCapacities.whole : glueCapacities.sixteenth;
      const run = work(capacity * model.dpuCores);
      const billed = Math.max(model.dpuSecondsMin, run);
      return { seconds: model.startSeconds.shell + run, dollars: (billed * capacity * model.dpuHour) / 3600 };
    }
    case "spark":
      return undefined;
  }
}
