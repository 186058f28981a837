import { existsSync } from "node:fs";
import fs from "node:fs/promises";
import { fromRoot } from "./root.mjs";
import { run, step } from "./step.mjs";

/**
 * Installs SST's platform code into .sst/platform, for the types and tests of sst.config.ts and infra/. Writes a note with the
 * version last: an interrupted installation has none.
 */
export async function ensureSstPlatform() {
  const note = fromRoot(".sst/installed-by-setup");
  const lock = JSON.parse(await fs.readFile(fromRoot("package-lock.json"), "utf8"));
  const version = lock.packages["node_modules/sst"].version;
  const config = await fs.readFile(fromRoot("sst.config.ts"), "utf8");
  // The configuration names the providers and their versions.
  const wanted = `${version}\n${/providers:[^\n]*/.exec(config)?.[0] ?? ""}\n`;
  const complete = existsSync(fromRoot(".sst/platform/node_modules")) && existsSync(note);
  if (complete && (await fs.readFile(note, "utf8")) === wanted) return;
  await fs.rm(note, { force: true });
  await step(`SST platform ${version}: sst install`, async () => {
    await run("npx", ["--no-install", "sst", "install", "--stage", "ci"], {
      // Types need neither Pulumi nor Bun.
      env: { ...process.env, SST_SKIP_DEPENDENCY_CHECK: "1", SST_NO_BUN: "1", SST_TELEMETRY_DISABLED: "1" },
    });
    await fs.writeFile(note, wanted);
  });
}
