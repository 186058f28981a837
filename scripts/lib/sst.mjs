import { existsSync } from "node:fs";
import fs from "node:fs/promises";
import { fromRoot } from "./root.mjs";
import { run, step } from "./step.mjs";

/**
 * SST unpacks its platform code, which sst.config.ts and infra/ are type checked and tested against, into .sst/platform.
 * The note is written last: without it the installation was interrupted, or is another version's.
 */
export async function ensureSstPlatform() {
  const note = fromRoot(".sst/installed-by-setup");
  const lock = JSON.parse(await fs.readFile(fromRoot("package-lock.json"), "utf8"));
  const version = lock.packages["node_modules/sst"].version;
  const config = await fs.readFile(fromRoot("sst.config.ts"), "utf8");
  // Providers and their versions are named in the configuration.
  const wanted = `${version}\n${/providers:[^\n]*/.exec(config)?.[0] ?? ""}\n`;
  const complete = existsSync(fromRoot(".sst/platform/node_modules")) && existsSync(note);
  if (complete && (await fs.readFile(note, "utf8")) === wanted) return;
  await fs.rm(note, { force: true });
  await step(`SST platform ${version}: sst install`, async () => {
    await run("npx", ["--no-install", "sst", "install", "--stage", "ci"], {
      // The platform's packages come with npm, as everything else here, and nothing of AWS or Pulumi is needed for types.
      env: { ...process.env, SST_SKIP_DEPENDENCY_CHECK: "1", SST_NO_BUN: "1", SST_TELEMETRY_DISABLED: "1" },
    });
    await fs.writeFile(note, wanted);
  });
}
