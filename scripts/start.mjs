// npm start [-- FILES]: sets up, then runs the local platform on the project's own Node.
import { spawn } from "node:child_process";
import { fromRoot } from "./lib/root.mjs";
import { exitWith } from "./lib/step.mjs";
import { setup } from "./setup.mjs";

await exitWith(async () => {
  await setup({ test: false });
  const platform = fromRoot("packages/local/src/start.ts");
  const child = spawn(fromRoot("node_modules/.bin/node"), [platform, ...process.argv.slice(2)], {
    stdio: "inherit",
  });
  // From here on a signal is the platform's to handle: it ends in order, and this process with it.
  for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"])) {
    process.removeAllListeners(signal);
    process.on(signal, () => child.kill(signal));
  }
  // npm's shell dies of a signal without passing it on.
  const parent = process.ppid;
  setInterval(() => process.ppid !== parent && child.kill("SIGTERM"), 500).unref();
  process.exitCode = await new Promise((resolve) => child.on("exit", (code) => resolve(code ?? 1)));
});
