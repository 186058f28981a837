import type { Times } from "./measure.ts";

/** MB at which a function has one vCPU; CPU is proportional to memory: https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html */
const oneCpu = 1769;

/** US dollars on ARM in us-east-1: https://aws.amazon.com/lambda/pricing/ */
const perGbSecond = 0.0000133334;
const perMillionRequests = 0.2;

/** Milliseconds with this much memory: waiting time plus CPU time divided by the share of a CPU. */
export function duration({ wall, cpu }: Times, memory: number) {
  return Math.max(wall - cpu, 0) + cpu / Math.min(memory / oneCpu, 1);
}

/** US dollars for a million calls of this duration. */
export function price(milliseconds: number, memory: number) {
  return perMillionRequests + 1_000_000 * perGbSecond * (memory / 1024) * (Math.ceil(milliseconds) / 1000);
}
