// node scripts/peers.mjs: what `npm run test:peers` compares the embedded AWS with: versitygw for S3 and moto's server for
// DynamoDB and EventBridge. What is already there is left alone.
import { existsSync } from "node:fs";
import fs from "node:fs/promises";
import path from "node:path";
import { withLock } from "./lib/lock.mjs";
import { ensureVenv } from "./lib/python.mjs";
import { fromRoot } from "./lib/root.mjs";
import { exitWith, hasCommand, run, SetupError, step } from "./lib/step.mjs";

const folder = fromRoot(".local/peers");
const versitygw = { module: "github.com/versity/versitygw/cmd/versitygw", version: "v1.8.0" };

/** Builds versitygw with Go, which takes the sources from Go's module proxy and compares them with its checksum database. */
async function ensureVersitygw() {
  const { module, version } = versitygw;
  const binary = path.join(folder, "versitygw");
  const note = path.join(folder, "versitygw.version");
  const noted = existsSync(binary) ? await fs.readFile(note, "utf8").catch(() => "") : "";
  if (noted === version) return;
  if (!(await hasCommand("go", "version"))) {
    throw new SetupError(
      "Go is needed to build versitygw, the S3 of these tests, and there is none on the PATH. " +
        "Install it from https://go.dev/dl. `npm test` does not need it.",
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
    for (const result of await Promise.allSettled([ensureVersitygw(), ensureMoto()])) {
      if (result.status === "rejected") throw result.reason;
    }
  }),
);
