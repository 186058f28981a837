// The Glue endpoint, beside any AWS endpoint: scripts come from the S3 that the environment names (AWS_ENDPOINT_URL,
// AWS_REGION, credentials), and requests have to be signed with its credentials. The ends of runs are posted to --events, or
// put on that AWS's EventBridge. --roles: requests may be signed by any role, and a script gets the rights of its job's role.
import path from "node:path";
import { parseArgs } from "node:util";
import { environmentCredentials } from "../credentials.ts";
import { root } from "../paths.ts";
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

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, async () => {
    await glue.stop();
    process.exit(0);
  });
}
