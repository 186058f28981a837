// npm run deploy -- --stage STAGE [ARGUMENTS OF sst deploy]: sets up, checks the account, then deploys.
import path from "node:path";
import { doctor } from "./doctor.mjs";
import { foreground } from "./lib/foreground.mjs";
import { fromRoot } from "./lib/root.mjs";
import { exitWith, SetupError } from "./lib/step.mjs";
import { setupNode } from "./setup.mjs";
import { wheel } from "./wheel.mjs";

/** @param {string[]} args */
function stageOf(args) {
  const index = args.indexOf("--stage");
  const stage = index < 0 ? args.find((arg) => arg.startsWith("--stage="))?.slice(8) : args[index + 1];
  if (stage && !stage.startsWith("-")) return stage;
  throw new SetupError(
    "Name the stage to deploy: npm run deploy -- --stage production. Any other name creates a separate stage.",
  );
}

await exitWith(async () => {
  const args = process.argv.slice(2);
  const stage = stageOf(args);
  await setupNode();
  const code = await doctor(["--stage", stage]);
  if (code !== 0) {
    process.exitCode = code;
    console.error("\nNothing was deployed. docs/operations.md explains each ✗.");
    return;
  }
  // SST would build the wheel too, but without showing progress for minutes.
  await wheel("glue");
  // SST runs sst.config.ts on the first Node of the PATH.
  const bin = fromRoot("node_modules/.bin");
  process.exitCode = await foreground(path.join(bin, "sst"), ["deploy", ...args], {
    ...process.env,
    PATH: `${bin}${path.delimiter}${process.env.PATH}`,
  });
});
