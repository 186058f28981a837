import type { Progress } from "@unparquet/core/conversion/reports";

interface Sample {
  rows: number;
  /** Milliseconds. */
  at: number;
}

/** Milliseconds of the past that a rate is made of: enough that a single slow batch does not swing it. */
const windowMs = 15_000;

/** What has been seen with another sight added. One that brings no more rows is only another look at the same. */
export function withSample(samples: readonly Sample[], sample: Sample): readonly Sample[] {
  const last = samples.at(-1);
  if (last !== undefined && sample.rows < last.rows) return [sample];
  if (last !== undefined && sample.rows === last.rows) return samples;
  return [...samples.filter(({ at }) => sample.at - at <= windowMs), sample];
}

/** Rows a second over what has been seen; null while that is too little to say. */
export function rowsPerSecond(samples: readonly Sample[]): number | null {
  const first = samples[0];
  const last = samples.at(-1);
  if (first === undefined || last === undefined || last.at - first.at < 900) return null;
  return ((last.rows - first.rows) * 1000) / (last.at - first.at);
}

/** Milliseconds until all rows are written, if it goes on so. */
export const timeLeft = ({ rows, totalRows }: Progress, rate: number): number =>
  ((totalRows - rows) / rate) * 1000;
