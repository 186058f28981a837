// npm run bench -- [--rounds N] [--shapes lineitem sensors nested]: unparquet beside other converters, at pinned versions, in an
// environment of their own.
import path from "node:path";
import { ensureVenv, inVenv } from "../scripts/lib/python.mjs";
import { fromRoot } from "../scripts/lib/root.mjs";
import { exitWith, run, step } from "../scripts/lib/step.mjs";
import { wheel } from "../scripts/wheel.mjs";

await exitWith(async () => {
  const venv = fromRoot(".local/venv-bench");
  await ensureVenv({
    folder: venv,
    requirements: [fromRoot("bench/requirements.txt")],
    title: "Other converters",
  });
  const file = await wheel();
  await step(`unparquet (${path.basename(file)})`, () =>
    run(inVenv(venv), ["-m", "pip", "install", "--quiet", "--no-deps", "--force-reinstall", file]),
  );
  await run(inVenv(venv), [fromRoot("bench/compare.py"), ...process.argv.slice(2)], { show: true });
});
