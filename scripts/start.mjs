// npm start [-- FILES]: sets up, then starts unparquet on this machine.
import { foreground } from "./lib/foreground.mjs";
import { fromRoot } from "./lib/root.mjs";
import { exitWith } from "./lib/step.mjs";
import { setup } from "./setup.mjs";

await exitWith(async () => {
  await setup({ test: false });
  const platform = fromRoot("packages/local/src/start.ts");
  process.exitCode = await foreground(fromRoot("node_modules/.bin/node"), [
    platform,
    ...process.argv.slice(2),
  ]);
});
