// node scripts/spark.mjs [--check]: installs PySpark, on which the local Glue endpoint runs Spark jobs, and prints the path of its
// Python. --check: installs nothing, and fails if PySpark or Java is missing.
import path from "node:path";
import { withLock } from "./lib/lock.mjs";
import { ensureVenv, inVenv, isInstalled } from "./lib/python.mjs";
import { fromRoot } from "./lib/root.mjs";
import { exitWith, run, SetupError } from "./lib/step.mjs";
import { kindForThisMachine } from "./wheel.mjs";

const folder = fromRoot(".local/spark");
const requirements = [fromRoot("packages/local/requirements-spark.txt")];

/** Major versions of Java that Spark 3.5 supports: https://spark.apache.org/docs/3.5.6/ */
const javaVersions = [8, 11, 17];

/** Checks the Java that Spark will use. */
async function checkJava() {
  const { JAVA_HOME } = process.env;
  const java = JAVA_HOME ? path.join(JAVA_HOME, "bin/java") : "java";
  const output = await run(java, ["-version"]).catch(() => undefined);
  // Java 8 calls itself 1.8.
  const version = Number(/version "(?:1\.)?(\d+)/.exec(output ?? "")?.[1]);
  if (javaVersions.includes(version)) return;
  const found =
    output === undefined
      ? `${java} cannot be run`
      : `${java} is ${Number.isNaN(version) ? "another program" : `Java ${version}`}`;
  throw new SetupError(
    `Spark needs Java 8, 11 or 17, but ${found}. Install Java 17, for example from https://adoptium.net or on Debian ` +
      "and Ubuntu with: apt install openjdk-17-jre-headless. Set JAVA_HOME if another Java comes first on the PATH.",
  );
}

/** @returns {Promise<string>} path of the Python that has PySpark */
async function check() {
  await checkJava();
  if (!(await isInstalled({ folder, requirements }))) {
    throw new SetupError("PySpark is not installed. Install it with: node scripts/spark.mjs");
  }
  return inVenv(folder);
}

/**
 * Installs PySpark unless it is up to date.
 * @returns {Promise<string>} path of the Python that has it
 */
export async function ensureSpark() {
  await checkJava();
  const wasm =
    (await kindForThisMachine()) === "wasm" ? [fromRoot("packages/local/requirements-wasm.txt")] : [];
  await withLock(`${folder}.lock`, () =>
    ensureVenv({ folder, requirements: [...requirements, ...wasm], title: "PySpark" }),
  );
  return inVenv(folder);
}

if (process.argv[1] === fromRoot("scripts/spark.mjs")) {
  await exitWith(async () => {
    console.log(process.argv.includes("--check") ? await check() : await ensureSpark());
  });
}
