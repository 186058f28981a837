/**
 * Runs the infrastructure program with Pulumi's mocks, which record every resource and create none. program.ts bundles it and
 * prepends SST's globals.
 */
import { run } from "../../../../.sst/platform/src/auto/run.ts";
import config from "../../../../sst.config.ts";
import { account, arn, createDate, region } from "./arn.ts";
import type { Recorded } from "./deploy.ts";

const resources: Recorded[] = [];

await $util.runtime.setMocks(
  {
    newResource({ type, name, inputs }) {
      const id = inputs.name ?? name;
      resources.push({ type, name, inputs, retained: false });
      return {
        id,
        state: {
          ...inputs,
          name: id,
          arn: arn(type, name),
          bucket: inputs.bucket ?? name,
          url: `https://${name}.test`,
          apiEndpoint: `https://${name}.test`,
          executionArn: `arn:aws:execute-api:${region}:${account}:${name}`,
          base64: "",
          createDate,
        },
      };
    },
    call({ token, inputs }) {
      if (token.endsWith(":getRegion")) return { region };
      if (token.endsWith(":getCallerIdentity")) return { accountId: account };
      if (token.endsWith(":getPartition")) return { partition: "aws" };
      if (token.endsWith(":getParameter")) {
        return { ...inputs, insecureValue: JSON.stringify({ asset: "sst-assets", state: "sst-state" }) };
      }
      if (token.endsWith(":getPolicyDocument")) return { ...inputs, json: JSON.stringify(inputs.statements) };
      throw new Error(`The program calls ${token}, for which the tests have no answer`);
    },
  },
  $app.name,
  $app.stage,
);

/** Resources with `retainOnDelete`, an option that the mocks do not receive. */
const retained = new Set<string>();

const outputs = await $util.runtime.runInPulumiStack(() =>
  run(async () => {
    $util.runtime.registerStackTransformation(({ type, name, opts }) => {
      if (opts.retainOnDelete) retained.add(`${type} ${name}`);
      return undefined;
    });
    return config.run();
  }),
);
const resolved = await new Promise((resolve) => $output(outputs).apply(resolve));
await $util.runtime.disconnect();

for (const resource of resources) resource.retained = retained.has(`${resource.type} ${resource.name}`);
export default { resources, outputs: resolved };
