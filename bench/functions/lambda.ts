import type { Times } from "./measure.ts";

/** MB at which a function has one vCPU; CPU is in proportion: https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html */
const oneCpu = 1769;

/** US dollars on ARM in us-east-1: https://aws.amazon.com/lambda/pricing/ */
const perGbSecond = 0.0000133334;
const perMillionRequests = 0.2;

/** Milliseconds that work takes with the CPU of that much memory: what it waited for, and its CPU time at that share. */
export const duration = ({ wall, cpu }: Times, memory: number) =>
  Math.max(wall - cpu, 0) + cpu / Math.min(memory / oneCpu, 1);

/** US dollars for a million calls of that many milliseconds. */
export const price = (milliseconds: number, memory: number) =>
  perMillionRequests + 1_000_000 * perGbSecond * (memory / 1024) * (Math.ceil(milliseconds) / 1000);
