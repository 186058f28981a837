/**
 * Faults of a call to AWS:
 * - `reset`: the request never arrives
 * - `lose`: it is executed, but the response is lost
 * - `late`: as `lose`, but it is executed long after the caller gave up
 * - `slow`: the response is delayed
 * - `throttle`, `fail`: AWS rejects it
 * - `conflict`: another transaction holds the item
 * - `kill before`, `kill after`: the function is killed before or after the call is executed
 */
export const faults = [
  "reset",
  "lose",
  "late",
  "slow",
  "throttle",
  "fail",
  "conflict",
  "kill before",
  "kill after",
] as const;
export type Fault = (typeof faults)[number];
