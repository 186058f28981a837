import { deploy } from "@unparquet/testing/deployment/deploy";
import { expect, it } from "vitest";
import { architecture } from "./architecture.ts";
import { diagrams } from "./diagrams.ts";
import { edges } from "./graph/edges.ts";
import { Resources } from "./graph/resources.ts";
import { overview } from "./overview.ts";

const { resources } = await deploy("production");
const files = await diagrams(resources);

it.each([...files])("docs/diagrams/%s is up to date (npm run diagrams)", async (name, svg) => {
  await expect(svg).toMatchFileSnapshot(`../../../docs/diagrams/${name}`);
});

it("draws the same architecture whatever the order of the resources", () => {
  expect(architecture(resources.toReversed())).toEqual(architecture(resources));
});

it("names only routes that exist in the overview", () => {
  const named = overview.links.flatMap(({ to, text }) => (to === "api" ? text : []));
  const routes = edges(new Resources(resources)).flatMap(({ kind, labels }) =>
    kind === "request" ? labels : [],
  );
  const deployed = routes.map((route) => route.replaceAll("{jobId}", "JOB"));
  for (const text of named) expect(deployed).toContain(/^[A-Z]+ [^\s,]+/.exec(text)?.[0]);
});

it("rejects a resource type that it does not know how to draw", () => {
  const stream = { type: "aws:kinesis/stream:Stream", name: "Clicks", inputs: {} };
  expect(() => architecture([...resources, stream])).toThrow(
    /^Clicks has the unknown type kinesis\/stream: .*resources\.ts/,
  );
});

it("rejects a permission on a resource that has no node", () => {
  const policy = '[{"actions":["kms:Sign"],"resources":["arn:aws:kms:us-east-1:123456789012:key/K"]}]';
  const changed = resources.map((resource) =>
    resource.name === "StatusRole" ? { ...resource, inputs: { inlinePolicies: [{ policy }] } } : resource,
  );
  expect(() => architecture(changed)).toThrow(/key\/K belongs to no node/);
});
