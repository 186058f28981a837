// npm run doctor [-- --stage STAGE]: checks whether a stage can be deployed.
import { foreground } from "./lib/foreground.mjs";
import { fromRoot } from "./lib/root.mjs";
import { exitWith } from "./lib/step.mjs";
import { setupNode } from "./setup.mjs";

/**
 * @param {string[]} args
 * @returns {Promise<number>} exit code
 */
export function doctor(args) {
  return foreground(fromRoot("node_modules/.bin/node"), [fromRoot("scripts/doctor/main.ts"), ...args]);
}

if (process.argv[1] === fromRoot("scripts/doctor.mjs")) {
  await exitWith(async () => {
    await setupNode();
    process.exitCode = await doctor(process.argv.slice(2));
  });
}
