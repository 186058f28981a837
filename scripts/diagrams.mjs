// npm run diagrams [-- NAMES]: draws the pictures of docs/diagrams, or those with a name in theirs, on the project's own Node.
import { fromRoot } from "./lib/root.mjs";
import { exitWith, run } from "./lib/step.mjs";
import { setup } from "./setup.mjs";

await exitWith(async () => {
  await setup({ test: true });
  const main = fromRoot("scripts/diagrams/main.ts");
  await run(fromRoot("node_modules/.bin/node"), [main, ...process.argv.slice(2)], { show: true });
});
