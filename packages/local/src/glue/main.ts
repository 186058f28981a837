// The Glue endpoint by itself, beside any AWS endpoint: scripts come from the S3, and the ends of runs go to the EventBridge,
// that the environment names (AWS_ENDPOINT_URL, AWS_REGION, credentials).
import path from "node:path";
import { parseArgs } from "node:util";
import { root } from "../paths.ts";
import { startGlue } from "./endpoint.ts";
import { eventBridgeSink } from "./events.ts";

const { values } = parseArgs({
  options: {
    folder: { type: "string", default: path.join(root, ".local/glue-standalone") },
    port: { type: "string", default: "0" },
  },
});

const glue = await startGlue({
  folder: path.resolve(values.folder),
  port: Number(values.port),
  sink: eventBridgeSink(),
});
console.log(`Glue on ${glue.url}`);

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, async () => {
    await glue.stop();
    process.exit(0);
  });
}
