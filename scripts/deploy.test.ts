import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";

const script = join(import.meta.dirname, "deploy.mjs");
const foreground = pathToFileURL(join(import.meta.dirname, "lib/foreground.mjs")).href;

/** Runs `npm run deploy` in a home without AWS credentials. */
async function deploy(...args: string[]) {
  const home = await mkdtemp(join(tmpdir(), "unparquet-home-"));
  const env = { PATH: process.env.PATH, HOME: home, AWS_EC2_METADATA_DISABLED: "true" };
  const child = spawn(process.execPath, [script, ...args], { env, stdio: ["ignore", "pipe", "pipe"] });
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "exit"),
  ]);
  await rm(home, { recursive: true });
  return { code, output: stdout + stderr };
}

test.each([
  ["no arguments", []],
  ["--stage without a name", ["--stage"]],
  ["another option after --stage", ["--stage", "--verbose"]],
])("npm run deploy with %s says how to name a stage", async (_, args) => {
  const { code, output } = await deploy(...args);
  expect(code).toBe(1);
  expect(output).toContain("npm run deploy -- --stage production");
});

test.each([
  ["--stage pr-1", ["--stage", "pr-1"]],
  ["--stage=pr-1", ["--stage=pr-1", "--verbose"]],
])("npm run deploy -- %s deploys nothing when the check of the account finds an error", async (_, args) => {
  const { code, output } = await deploy(...args);
  expect(code).toBe(1);
  expect(output).toContain("✗ AWS credentials cannot be loaded");
  expect(output).toContain("Nothing was deployed.");
});

/** Starts a process that runs code in a child by `foreground` and exits with the child's code. */
function inForeground(code: string): ChildProcess {
  const runner = `import { foreground } from ${JSON.stringify(foreground)};
    process.exitCode = await foreground(process.execPath, ["-e", ${JSON.stringify(code)}]);`;
  return spawn(process.execPath, ["--input-type=module", "-e", runner], {
    stdio: ["ignore", "pipe", "inherit"],
  });
}

test("npm run deploy exits with the deployment's exit code", async () => {
  expect(await once(inForeground("process.exit(7)"), "exit")).toEqual([7, null]);
});

test.each(["SIGINT", "SIGTERM"] as const)(
  "%s is forwarded to the deployment, which ends in order",
  async (signal) => {
    const child = inForeground(
      `process.on("${signal}", () => process.exit(9)); console.log("ready"); setInterval(() => {}, 1000);`,
    );
    if (child.stdout) await once(child.stdout, "data");
    child.kill(signal);
    expect(await once(child, "exit")).toEqual([9, null]);
  },
);

test("a deployment that a signal ends has exit code 128 plus the signal's number", async () => {
  const child = inForeground(`process.kill(process.pid, "SIGKILL")`);
  expect(await once(child, "exit")).toEqual([137, null]);
});
