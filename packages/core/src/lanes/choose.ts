import { glueCapacities, type LaneName } from "../deployment.ts";

/** A lane, and a sentence that says why it was chosen. */
export interface LaneChoice {
  lane: LaneName;
  laneReason: string;
}

/** The sizes, in bytes of uncompressed output, between which the lanes share the files. */
export interface LaneSizes {
  /** Most that the lane `lambda` takes; 0 if the stage does not have it. */
  lambdaMaxBytes: number;
  /** Least that the lane `spark` takes; 0 if the stage does not have it. */
  sparkMinBytes: number;
}

interface Prediction extends LaneSizes {
  /** Size of the file in bytes. */
  bytes: number;
  /** Predicted size of the uncompressed output in bytes. Null if the footer is too large to check. */
  predictedBytes: number | null;
  /** The attempt before a retry. */
  last?: {
    lane?: LaneName | undefined;
    capacity?: number | undefined;
    error?: { code: string } | undefined;
  };
}

/** Chooses the lane by the predicted output, or the next stronger lane after an attempt ran out of time or memory. */
export function chooseLane(given: Prediction): LaneChoice {
  const { lambdaMaxBytes, sparkMinBytes } = given;
  if (lambdaMaxBytes === 0 && sparkMinBytes === 0) {
    return { lane: "shell", laneReason: "This stage has no other lane." };
  }
  const bySize = laneBySize(given);
  return bySize.lane === "spark" ? bySize : (laneAfterFailure(given) ?? bySize);
}

function laneBySize({ bytes, predictedBytes, lambdaMaxBytes, sparkMinBytes }: Prediction): LaneChoice {
  const hasSpark = sparkMinBytes > 0;
  if (predictedBytes === null) {
    const unknown = "The footer is too large to predict the output";
    return hasSpark && bytes >= sparkMinBytes
      ? { lane: "spark", laneReason: `${unknown}, and the file has ${bytesText(bytes)}.` }
      : { lane: "shell", laneReason: `${unknown}.` };
  }
  const predicted = `About ${bytesText(predictedBytes)} of JSON predicted`;
  const lambda = bytesText(lambdaMaxBytes);
  const spark = bytesText(sparkMinBytes);
  if (hasSpark && predictedBytes >= sparkMinBytes) {
    return { lane: "spark", laneReason: `${predicted}; Spark takes ${spark} or more.` };
  }
  if (predictedBytes <= lambdaMaxBytes) {
    return { lane: "lambda", laneReason: `${predicted}; Lambda takes up to ${lambda}.` };
  }
  const laneReason =
    lambdaMaxBytes > 0
      ? `${predicted}, more than the ${lambda} that Lambda takes.`
      : `${predicted}, less than Spark's minimum of ${spark}.`;
  return { lane: "shell", laneReason };
}

const failures: Record<string, string> = {
  timed_out: "took too long",
  out_of_memory: "ran out of memory",
};

/** The lane of a retry after an attempt ran out of time or memory: one with more of both, if the stage has it. */
function laneAfterFailure({ sparkMinBytes, last }: Prediction): LaneChoice | null {
  const failure = failures[last?.error?.code ?? ""];
  if (!last || !failure) return null;
  const hadWholeDpu = last.capacity === glueCapacities.whole;
  const places = {
    lambda: "Lambda",
    shell: hadWholeDpu ? "a whole DPU" : "a sixteenth of a DPU",
    spark: "Spark",
  };
  const { lane = "shell" } = last;
  const isExhausted = lane === "spark" || (lane === "shell" && hadWholeDpu);
  return {
    lane: isExhausted && sparkMinBytes > 0 ? "spark" : "shell",
    laneReason: `The last attempt ${failure} on ${places[lane]}.`,
  };
}

function bytesText(bytes: number): string {
  const format = (value: number, unit: string) => `${Number(value.toPrecision(2))} ${unit}`;
  if (bytes < 1e3) return `${bytes} bytes`;
  if (bytes < 1e6) return format(bytes / 1e3, "kB");
  return bytes < 1e9 ? format(bytes / 1e6, "MB") : format(bytes / 1e9, "GB");
}
