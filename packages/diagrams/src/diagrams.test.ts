import { deploy } from "@unparquet/testing/deployment/deploy";
import { expect, test } from "vitest";
import { architecture } from "./architecture.ts";
import { diagrams } from "./diagrams.ts";
import { edges } from "./graph/edges.ts";
import { Resources } from "./graph/resources.ts";
import { overview } from "./overview.ts";

const { resources } = await deploy("production");
const files = await diagrams(resources);

test.each([...files])("docs/diagrams/%s is up to date (npm run diagrams)", async (name, svg) => {
  await expect(svg).toMatchFileSnapshot(`../../../docs/diagrams/${name}`);
});

test("the order of the resources does not change the architecture diagram", () => {
  expect(architecture(resources.toReversed())).toEqual(architecture(resources));
});

test("the architecture diagram of a stage with the lane spark has its job, with both jobs' events", async () => {
  const stage = await deploy("pr-1", { env: { UNPARQUET_LANES: "lambda,shell,spark" } });
  const { cards, links } = architecture(stage.resources);
  expect(cards.find(({ id }) => id === "ConverterSpark")).toMatchObject({
    subtitle: "AWS Glue",
    text: ["Spark, Glue 5.0", "G.1X workers, chosen per run", "up to 5 runs at once", "60 min timeout"],
  });
  const events = links.filter(({ from, dashed }) => dashed && from.startsWith("Converter"));
  expect(events.map(({ from }) => from)).toEqual(expect.arrayContaining(["Converter", "ConverterSpark"]));
});

test("the overview names only existing routes", () => {
  const named = overview.links.flatMap(({ to, text }) => (to === "api" ? text : []));
  const routes = edges(new Resources(resources)).flatMap(({ kind, labels }) =>
    kind === "request" ? labels : [],
  );
  const deployed = routes.map((route) => route.replaceAll("{jobId}", "JOB"));
  for (const text of named) expect(deployed).toContain(/^[A-Z]+ [^\s,]+/.exec(text)?.[0]);
});

test("an unknown resource type is an error", () => {
  const stream = { type: "aws:kinesis/stream:Stream", name: "Clicks", inputs: {} };
  expect(() => architecture([...resources, stream])).toThrow(
    /^Clicks has the unknown type kinesis\/stream: .*resources\.ts/,
  );
});

test("a permission on a resource without a node is an error", () => {
  const policy = '[{"actions":["kms:Sign"],"resources":["arn:aws:kms:us-east-1:123456789012:key/K"]}]';
  const changed = resources.map((resource) =>
    resource.name === "StatusRole" ? { ...resource, inputs: { inlinePolicies: [{ policy }] } } : resource,
  );
  expect(() => architecture(changed)).toThrow(/key\/K belongs to no node/);
});
