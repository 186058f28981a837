// npm run simulate -- --schedules N --seed S: runs seeded random schedules on packages/core and counts violations. --path P
// replays one schedule, as printed with a violation. The last line is `N schedules, V violations`.
import { spawn } from "node:child_process";
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import fc from "fast-check";
import type { Schedule } from "./schedule.ts";

const { values } = parseArgs({
  options: {
    schedules: { type: "string", default: "1000" },
    seed: { type: "string", default: String(Math.floor(Math.random() * 2 ** 31)) },
    path: { type: "string" },
    /** Runs all schedules in this process instead of in one process per core. */
    here: { type: "boolean", default: false },
    /** Exits at the first violation, without looking for a shorter schedule. */
    bail: { type: "boolean", default: false },
    /** In a replay, prints every call to AWS. */
    log: { type: "boolean", default: false },
  },
});
const schedules = Number(values.schedules);
const seed = Number(values.seed);
if (!(schedules >= 1) || !Number.isInteger(seed)) {
  throw new Error(
    "--schedules and --seed are whole numbers, as in `npm run simulate -- --schedules 1000 --seed 1`",
  );
}

/** Schedules per seed. A seed ends at its first violation, after shrinking the schedule. */
const batch = 100;

interface Tally {
  schedules: number;
  violations: number;
}

async function runHere(count: number, firstSeed: number): Promise<Tally> {
  // Stack traces of expected errors take a tenth of the time.
  Error.stackTraceLimit = 0;
  // The product's modules read their configuration when they are imported.
  await import("./environment.ts");
  const { describeSchedule, schedule } = await import("./schedule.ts");
  const { simulate } = await import("./simulate.ts");

  async function report(example: Schedule, seed: number, path: string): Promise<number> {
    const { violations, log } = await simulate(example);
    const lines = [
      `\nnpm run simulate -- --schedules 1 --seed ${seed} --path ${path}`,
      describeSchedule(example),
      ...violations.map((violation) => `  ✗ ${violation}`),
      ...(values.log ? log.map((line) => `    ${line}`) : []),
    ];
    console.log(lines.join("\n"));
    return violations.length;
  }

  if (values.path !== undefined) {
    const [example] = fc.sample(schedule, { seed: firstSeed, path: values.path, numRuns: 1 });
    if (!example) throw new Error(`Seed ${firstSeed} has no schedule ${values.path}`);
    return { schedules: 1, violations: Math.min(1, await report(example, firstSeed, values.path)) };
  }
  const isSound = fc.asyncProperty(
    schedule,
    async (given) => (await simulate(given)).violations.length === 0,
  );
  const tally: Tally = { schedules: 0, violations: 0 };
  for (let seed = firstSeed; tally.schedules < count; seed += 1) {
    const numRuns = Math.min(batch, count - tally.schedules);
    const result = await fc.check(isSound, { seed, numRuns, endOnFailure: values.bail });
    tally.schedules += result.failed ? Math.max(1, result.numRuns) : numRuns;
    if (!result.failed) continue;
    tally.violations += 1;
    const [shortest] = result.counterexample ?? [];
    if (!shortest) throw new Error("A schedule failed without an example");
    // An error in the simulator itself.
    if ((await report(shortest, seed, result.counterexamplePath ?? "")) === 0) throw result.errorInstance;
    if (values.bail) break;
  }
  return tally;
}

/** Runs a share of the schedules in a child process and forwards its output. A share that is stopped counts nothing. */
function runElsewhere(count: number, firstSeed: number, stop: AbortController): Promise<Tally> {
  const args = [import.meta.filename, "--here", "--schedules", String(count), "--seed", String(firstSeed)];
  if (values.bail) args.push("--bail");
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => {
    output += chunk;
  });
  return new Promise((resolve, reject) => {
    stop.signal.addEventListener("abort", () => child.kill());
    child.once("error", reject);
    child.once("close", (code) => {
      const [, schedules, violations] = /(\d+) schedules, (\d+) violations\n$/.exec(output) ?? [];
      const reports = output.split("\n").slice(0, -2).join("\n");
      if (reports) console.log(reports);
      if (schedules !== undefined) {
        if (values.bail && violations !== "0") stop.abort();
        resolve({ schedules: Number(schedules), violations: Number(violations) });
      } else if (stop.signal.aborted) resolve({ schedules: 0, violations: 0 });
      else reject(new Error(`A simulator ended with exit code ${code}`));
    });
  });
}

async function runAll(): Promise<Tally> {
  const processes = Math.min(availableParallelism(), Math.ceil(schedules / batch));
  if (values.here || values.path !== undefined || processes === 1) return runHere(schedules, seed);
  const stop = new AbortController();
  const shares = Array.from({ length: processes }, (_, index) => {
    const count =
      Math.floor((schedules * (index + 1)) / processes) - Math.floor((schedules * index) / processes);
    // Shares use disjoint ranges of seeds.
    return runElsewhere(count, seed + index * schedules, stop);
  });
  const tallies = await Promise.all(shares);
  return {
    schedules: tallies.reduce((sum, tally) => sum + tally.schedules, 0),
    violations: tallies.reduce((sum, tally) => sum + tally.violations, 0),
  };
}

const tally = await runAll();
console.log(`${tally.schedules} schedules, ${tally.violations} violations`);
process.exit(tally.violations > 0 ? 1 : 0);
