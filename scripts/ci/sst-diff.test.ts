import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { resourceChanges } from "./sst-diff.ts";

// What `sst diff --json` of SST 4.17.1 printed for a changed program, without each resource's old and new state.
const steps = JSON.parse(await readFile(join(import.meta.dirname, "fixtures/sst-diff.json"), "utf8"));
const changes = resourceChanges(steps);

it("tells created, updated, replaced and deleted resources apart, each once", () => {
  const count = (kind: string) => changes.filter((change) => change.kind === kind).length;
  expect([count("created"), count("updated"), count("replaced"), count("deleted")]).toEqual([1, 12, 5, 1]);
});

it("names a resource as it is called in code, with the properties that change", () => {
  expect(changes).toContainEqual({
    kind: "replaced",
    type: "aws.glue.Job",
    name: "Converter",
    properties: ["name", "timeout"],
  });
  expect(changes).toContainEqual({
    kind: "deleted",
    type: "aws.cloudwatch.MetricAlarm",
    name: "job-stuck-alarm",
    properties: [],
  });
});

it("leaves out what is no resource of the cloud", () => {
  expect(changes.map(({ type }) => type).filter((type) => !type.startsWith("aws."))).toEqual([]);
});
