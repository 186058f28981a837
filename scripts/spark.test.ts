import { execFile } from "node:child_process";
import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";

const script = path.join(import.meta.dirname, "spark.mjs");
let folder: string;

beforeAll(async () => {
  folder = await fs.mkdtemp(path.join(os.tmpdir(), "unparquet-java-"));
  await fs.mkdir(path.join(folder, "bin"));
});
afterAll(() => fs.rm(folder, { recursive: true }));

/** What the check says about a Java that prints this version, or about none. */
async function check(version?: string): Promise<string> {
  const java = path.join(folder, "bin/java");
  await fs.rm(java, { force: true });
  if (version !== undefined) await fs.writeFile(java, `#!/bin/sh\necho '${version}' >&2\n`, { mode: 0o755 });
  const env = { PATH: process.env.PATH, JAVA_HOME: folder };
  return promisify(execFile)(process.execPath, [script, "--check"], { env }).then(
    ({ stdout }) => stdout,
    (error: { stderr: string }) => error.stderr,
  );
}

test.each(['openjdk version "17.0.15" 2025-04-15', 'java version "1.8.0_441"', 'openjdk version "11.0.27"'])(
  "Spark accepts %s",
  async (version) => {
    expect(await check(version)).not.toContain("Java");
  },
);

test.each([
  ["without Java", undefined, "java cannot be run"],
  ["with Java 21", 'openjdk version "21.0.7" 2025-04-15', "java is Java 21"],
  ["with another program called java", "coffee", "java is another program"],
])("%s, the check for Spark says what to install", async (_, version, found) => {
  const message = await check(version);
  expect(message).toContain("Spark needs Java 8, 11 or 17");
  expect(message).toContain(found);
  expect(message).toContain("Install Java 17");
});
