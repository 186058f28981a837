import { readFile } from "node:fs/promises";
import { deploy } from "@unparquet/testing/deployment/deploy";
import { expect, it } from "vitest";
import architecture from "../../docs/diagrams/etl-pipeline-architecture.ts";
import dataflow from "../../docs/diagrams/etl-pipeline-dataflow.ts";
import { diagrams, graph, pngOf } from "./diagrams.ts";
import { extract } from "./extract/extract.ts";
import { fingerprint, keyword } from "./fingerprint.ts";
import { textOf } from "./png.ts";

const { resources } = await deploy("production");
const again = "run `npm run diagrams` and commit docs/diagrams";

it("shows the architecture that production would be deployed with", () => {
  expect(extract(resources), `The resource graph has changed: ${again}`).toEqual(graph());
});

it.each(diagrams)("$name.png is made from its source as it is now", async (diagram) => {
  const png = await readFile(pngOf(diagram));
  expect(textOf(png, keyword), `The source or its drawing code has changed: ${again}`).toBe(
    await fingerprint(diagram),
  );
});

it("calls nothing by a name that is not there, and everything that is no function by a title of its own", () => {
  const titled = Object.keys(architecture.nodes);
  const shown = graph().nodes.flatMap(({ id, kind }) => (kind === "function" ? [] : [id]));
  expect(titled.toSorted()).toEqual(shown.toSorted());
});

it("shows the way of a file over routes that there are", () => {
  const asked = dataflow.steps
    .flatMap(({ messages }) => messages)
    .filter(({ from, to }) => from === "client" && to === "api")
    .map(({ code }) => code);
  const deployed = graph().edges.flatMap(({ kind, labels }) => (kind === "request" ? labels : []));
  expect(asked).not.toEqual([]);
  expect(deployed).toEqual(expect.arrayContaining(asked));
});

it("does not overlook a kind of resource that nobody has decided how to show", () => {
  const stream = { type: "aws:kinesis/stream:Stream", name: "Clicks", inputs: {} };
  expect(() => extract([...resources, stream])).toThrow(
    /^Clicks is of type aws:kinesis\/stream:Stream, .* scripts\/diagrams\/extract\/types\.ts/,
  );
});

it("does not overlook a right on what it does not show", () => {
  const stray = resources.map((resource) =>
    resource.name === "DocsRole"
      ? {
          ...resource,
          inputs: {
            inlinePolicies: [
              {
                policy: '[{"actions":["kms:Sign"],"resources":["arn:aws:kms:us-east-1:123456789012:key/K"]}]',
              },
            ],
          },
        }
      : resource,
  );
  expect(() => extract(stray)).toThrow(/key\/K is .* no node/);
});

it("does not depend on the order in which the program makes its resources", () => {
  expect(extract(resources.toReversed())).toEqual(extract(resources));
});
