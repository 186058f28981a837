// npm start [-- FILES]: sets up, then starts unparquet on this machine.
import { foreground } from "./lib/foreground.mjs";
import { fromRoot } from "./lib/root.mjs";
import { exitWith, SetupError, say } from "./lib/step.mjs";
import { setup } from "./setup.mjs";
import { ensureSpark } from "./spark.mjs";

/** Installs what the lanes of $UNPARQUET_LANES need. Resolves with the lanes that can run here. */
async function lanes() {
  const wanted = process.env.UNPARQUET_LANES?.split(",").map((name) => name.trim());
  if (!wanted?.includes("spark")) return process.env.UNPARQUET_LANES;
  try {
    await ensureSpark();
    return wanted.join(",");
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    say(`  - unparquet starts without the lane spark. ${error.message}`);
    return wanted.filter((name) => name !== "spark").join(",");
  }
}

await exitWith(async () => {
  await setup({ test: false });
  const platform = fromRoot("packages/local/src/start.ts");
  process.exitCode = await foreground(
    fromRoot("node_modules/.bin/node"),
    [platform, ...process.argv.slice(2)],
    { ...process.env, UNPARQUET_LANES: await lanes() },
  );
});
