// The Glue endpoint, which works beside any AWS endpoint. AWS_ENDPOINT_URL, AWS_REGION and the credentials in the environment
// say where the scripts are and which key must sign requests. Events of ended runs are posted to --events, or else put on
// EventBridge. --roles accepts any signature, and gives each script a session of its job's role.
import path from "node:path";
import { parseArgs } from "node:util";
import { environmentCredentials } from "../lib/credentials.ts";
import { root } from "../lib/paths.ts";
import { startGlue } from "./endpoint.ts";
import { eventBridgeSink, httpSink } from "./events.ts";

const { values } = parseArgs({
  options: {
    folder: { type: "string", default: path.join(root, ".local/glue-standalone") },
    port: { type: "string", default: "0" },
    events: { type: "string" },
    roles: { type: "boolean", default: false },
  },
});

const glue = await startGlue({
  folder: path.resolve(values.folder),
  port: Number(values.port),
  sink: values.events === undefined ? eventBridgeSink() : httpSink(values.events),
  credentials: values.roles ? "any" : environmentCredentials(process.env),
  assumesRoles: values.roles,
});
console.log(`Glue on ${glue.url}`);

async function stop(): Promise<void> {
  await glue.stop();
  process.exit(0);
}
// Not `once`: execa's clean-up ends the process on a signal that has no other listener left.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, stop);
