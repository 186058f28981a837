import type { LaneName } from "../deployment.ts";

/** A lane, and a sentence that says why it was chosen. */
export interface LaneChoice {
  lane: LaneName;
  laneReason: string;
}

interface Prediction {
  /** Predicted size of the uncompressed output in bytes. Null if the footer is too large to check. */
  predictedBytes: number | null;
  /** Most bytes that the lane `lambda` takes; 0 if the stage does not have it. */
  lambdaMaxBytes: number;
  /** The attempt before a retry. */
  last?: { lane?: LaneName | undefined; error?: { code: string } | undefined };
}

/** Chooses the lane by the predicted output, or the next stronger lane after an attempt ran out of time or memory. */
export function chooseLane({ predictedBytes, lambdaMaxBytes, last }: Prediction): LaneChoice {
  const shell = (laneReason: string): LaneChoice => ({ lane: "shell", laneReason });
  if (lambdaMaxBytes === 0) return shell("This stage has no other lane.");
  const lastCode = last?.lane === "lambda" ? last.error?.code : undefined;
  if (lastCode === "timed_out") return shell("The last attempt took too long on Lambda.");
  if (lastCode === "out_of_memory") return shell("The last attempt ran out of memory on Lambda.");
  if (predictedBytes === null) return shell("The footer is too large to predict the output.");
  const predicted = `About ${bytesText(predictedBytes)} of JSON predicted`;
  const limit = bytesText(lambdaMaxBytes);
  return predictedBytes <= lambdaMaxBytes
    ? { lane: "lambda", laneReason: `${predicted}; Lambda takes up to ${limit}.` }
    : shell(`${predicted}, more than the ${limit} that Lambda takes.`);
}

function bytesText(bytes: number): string {
  const format = (value: number, unit: string) => `${Number(value.toPrecision(2))} ${unit}`;
  if (bytes < 1e3) return `${bytes} bytes`;
  if (bytes < 1e6) return format(bytes / 1e3, "kB");
  return bytes < 1e9 ? format(bytes / 1e6, "MB") : format(bytes / 1e9, "GB");
}
