/**
 * What goes wrong with a call to AWS:
 * - `reset`: it never arrives
 * - `lose`: it is carried out, but the response is lost
 * - `late`: as `lose`, and it is carried out long after the caller gave up
 * - `slow`: the response takes long
 * - `throttle`, `fail`: AWS rejects it
 * - `conflict`: another transaction holds the item
 * - `kill before`, `kill after`: the function dies before or after the call is carried out
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
