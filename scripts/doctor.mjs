// npm run doctor [-- --stage STAGE]: whether a stage can be deployed, checked on the project's own Node.
import { foreground } from "./lib/foreground.mjs";
import { fromRoot } from "./lib/root.mjs";
import { exitWith } from "./lib/step.mjs";
import { setupNode } from "./setup.mjs";

/**
 * @param {string[]} args
 * @returns {Promise<number>} its exit code
 */
export const doctor = (args) =>
  foreground(fromRoot("node_modules/.bin/node"), [fromRoot("scripts/doctor/main.ts"), ...args]);

if (process.argv[1] === fromRoot("scripts/doctor.mjs")) {
  await exitWith(async () => {
    await setupNode();
    process.exitCode = await doctor(process.argv.slice(2));
  });
}
