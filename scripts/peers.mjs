// node scripts/peers.mjs: installs what `npm run test:peers` needs unless it is installed: versitygw as S3, moto as DynamoDB and
// EventBridge, and PySpark.
import { existsSync } from "node:fs";
import fs from "node:fs/promises";
import path from "node:path";
import { withLock } from "./lib/lock.mjs";
import { ensureVenv } from "./lib/python.mjs";
import { fromRoot } from "./lib/root.mjs";
import { exitWith, hasCommand, run, SetupError, step } from "./lib/step.mjs";
import { ensureSpark } from "./spark.mjs";

const folder = fromRoot(".local/peers");
const versitygw = { module: "github.com/versity/versitygw/cmd/versitygw", version: "v1.8.0" };

/** Builds versitygw with Go, which verifies the sources with its checksum database. */
async function ensureVersitygw() {
  const { module, version } = versitygw;
  const binary = path.join(folder, "versitygw");
  const note = path.join(folder, "versitygw.version");
  const noted = existsSync(binary) ? await fs.readFile(note, "utf8").catch(() => "") : "";
  if (noted === version) return;
  if (!(await hasCommand("go", "version"))) {
    throw new SetupError(
      "Go is missing: install it from https://go.dev/dl. These tests build versitygw, an S3 server, with it. " +
        "`npm test` does not need it.",
    );
  }
  await fs.rm(note, { force: true });
  await step(`versitygw ${version}: go install`, () =>
    run("go", ["install", "-trimpath", "-ldflags=-s -w", `${module}@${version}`], {
      env: { ...process.env, GOBIN: folder, CGO_ENABLED: "0" },
    }),
  );
  await fs.writeFile(note, version);
}

const ensureMoto = () =>
  ensureVenv({
    folder: path.join(folder, "venv"),
    requirements: [fromRoot("packages/local/requirements-peers.txt")],
    title: "moto",
  });

await exitWith(() =>
  withLock(path.join(folder, "setup.lock"), async () => {
    for (const result of await Promise.allSettled([ensureVersitygw(), ensureMoto(), ensureSpark()])) {
      if (result.status === "rejected") throw result.reason;
    }
  }),
);
