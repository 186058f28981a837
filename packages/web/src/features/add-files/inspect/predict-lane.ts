import type { Engine, EngineFile, EngineOptions } from "@unparquet/core/conversion/engine";
import { footerMaxBytes } from "@unparquet/core/deployment";
import { chooseLane, type LaneChoice, type LaneSizes } from "@unparquet/core/lanes/choose";

export interface PredictedLane extends LaneChoice {
  /** Of JSON before compression; null if the footer is too large to check. */
  predictedBytes: number | null;
}

/** Chooses the lane of a readable file as the API does. Throws EngineError if the footer shows that the conversion would fail. */
export function predictLane(
  engine: Engine,
  file: EngineFile,
  options: EngineOptions,
  sizes: LaneSizes,
): PredictedLane {
  const predictedBytes = footerBytes(file) > footerMaxBytes ? null : engine.check(file, options).bytes;
  return { ...chooseLane({ bytes: file.size, predictedBytes, ...sizes }), predictedBytes };
}

/** A file ends with the length of its footer and four bytes of magic. */
function footerBytes({ size, read }: EngineFile): number {
  const length = read(size - 8, 4);
  return new DataView(length.buffer, length.byteOffset).getUint32(0, true);
}
