import { execFile } from "node:child_process";
import fs from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, describe, expect, test } from "vitest";

const exec = promisify(execFile);
const root = path.resolve(import.meta.dirname, "../../../..");
/** Inside the project, so that packages are found from there. */
const work = path.join(import.meta.dirname, "../../.mutants");
afterAll(() => fs.rm(work, { recursive: true, force: true }));

/** @returns what the simulator printed, whatever it found */
async function runSimulator(args: string[], env: NodeJS.ProcessEnv = {}): Promise<string> {
  const hooks = path.join(import.meta.dirname, "mutant-hooks.ts");
  const main = path.join(import.meta.dirname, "main.ts");
  const running = exec(process.execPath, ["--import", hooks, main, ...args], {
    env: { PATH: process.env.PATH, NODE_OPTIONS: `--import=${hooks}`, ...env },
    maxBuffer: 64 * 1024 ** 2,
  });
  const { stdout, stderr } = await running.catch((error: { stdout: string; stderr: string }) => error);
  if (!/schedules, \d+ violations/.test(stdout))
    throw new Error(`The simulator broke off:\n${stdout}\n${stderr}`);
  return stdout;
}

test("2,000 random schedules violate nothing", { timeout: 600_000 }, async () => {
  expect(await runSimulator(["--schedules", "2000", "--seed", "13"])).toMatch(
    /\b2000 schedules, 0 violations\n$/,
  );
});

test("a schedule happens the same way whenever it is replayed", { timeout: 60_000 }, async () => {
  const ids = /job_\w+|jr_\w+|[0-9a-f-]{36}/g;
  const replay = () => runSimulator(["--schedules", "1", "--seed", "7", "--path", "3", "--log"]);
  const [first, second] = [await replay(), await replay()];
  expect(first).toContain("TransactWriteItems");
  expect(second.replaceAll(ids, "")).toBe(first.replaceAll(ids, ""));
});

/** Faults of the product, most of them former bugs, as replacements in its source, each with a seed that finds it soon. */
const mutants = {
  "a write whose response was lost is mistaken for another caller's": {
    seed: 14,
    changes: [
      ["job/record.ts", "if (found.writes.includes(writeId)) return { applied: true, job: found };", ""],
      // DynamoDB recognises a repeated transaction, so the end of an attempt must be a single write to show the bug.
      ["job/transitions.ts", "      reserved,\n      uploadId", "      uploadId"],
      ["job/transitions.ts", "counts: { conversions: 1, ...counts }", "counts: { conversions: 1 }"],
    ],
  },
  "a conversion counts before its job is queued": {
    seed: 13,
    changes: [
      ["job/record.ts", "      ...(quota ? [addToDay(writes, quota.day, quota.counts, quota)] : []),\n", ""],
      [
        "job/record.ts",
        "  const { canceled, data } = await table()\n",
        `  if (quota) {
    const counted = await table()
      .transaction.write((writes) => [addToDay(writes, quota.day, quota.counts, quota)])
      .go();
    if (counted.canceled) throw quotaError(quota.counts, await usedToday(quota.day));
  }
  const { canceled, data } = await table()\n`,
      ],
    ],
  },
  "orphaned runs are only searched among the latest": {
    seed: 2017,
    changes: [["job/reconcile.ts", "const orphanLookBack = day;", "const orphanLookBack = 11 * minute;"]],
  },
  "an attempt that ends without success leaves its multipart upload": {
    seed: 1,
    changes: [["job/run.ts", '  if (ending.status !== "SUCCEEDED") await abortOutputUploads(job);\n', ""]],
  },
  "a run that ends after its attempt leaves its multipart upload": {
    seed: 4013,
    changes: [["job/run.ts", '    if (run.state !== "SUCCEEDED") await abortOutputUploads(run);\n', ""]],
  },
  "cancelling a queued job asks no run to stop": {
    seed: 1,
    changes: [
      [
        "job/run.ts",
        "    await laneOf(job).stop(job);\n    return { job };",
        '    if (job.status === "CANCELLING") await laneOf(job).stop(job);\n    return { job };',
      ],
    ],
  },
  "an event that Lambda lost leaves its job running": {
    seed: 2,
    changes: [["lanes/lambda.ts", "return isWaiting ? ", "return true ? "]],
  },
} satisfies Record<
  string,
  { seed: number; changes: [file: string, original: string, replacement: string][] }
>;

describe("former bugs", () => {
  test.each(Object.entries(mutants))(
    "the simulator finds within 2,000 schedules that %s",
    { timeout: 600_000 },
    async (name, { seed, changes }) => {
      const copy = path.join(work, name.replaceAll(/\W+/g, "-"));
      await fs.cp(path.join(root, "packages/core/src"), copy, { recursive: true });
      for (const [file = "", original = "", replacement = ""] of changes) {
        const source = await fs.readFile(path.join(copy, file), "utf8");
        expect(source, `${file} has changed: change this fault with it`).toContain(original);
        await fs.writeFile(path.join(copy, file), source.replace(original, replacement));
      }
      const found = await runSimulator(["--schedules", "2000", "--seed", String(seed), "--bail"], {
        UNPARQUET_CORE: copy,
      });
      expect(found).toMatch(/ [1-9]\d* violations\n$/);
    },
  );
});
