// node scripts/ci/prune.ts LISTING: of the stages in what `sst state list` printed, those whose pull request is closed, as
// `pulls=[12,15]`, a line for $GITHUB_OUTPUT.
import { readFile } from "node:fs/promises";
import { type Environment, github } from "./github.ts";

/** Pull requests that have a stage, by the listing of `sst state list`: after `Stages:` one name a line. */
export function pullsWithStage(listing: string): number[] {
  const [, stages = ""] = listing.split("Stages:");
  return [...stages.matchAll(/^\s*pr-([1-9]\d*)\s*$/gm)].map(([, number]) => Number(number));
}

if (import.meta.main) {
  const { pullState } = github(process.env as NodeJS.ProcessEnv & Environment);
  const closed: number[] = [];
  for (const pull of pullsWithStage(await readFile(process.argv[2] ?? "", "utf8"))) {
    if ((await pullState(pull)) === "closed") closed.push(pull);
  }
  console.log(`pulls=${JSON.stringify(closed)}`);
}
