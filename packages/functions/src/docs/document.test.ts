import { Validator } from "@seriousme/openapi-schema-validator";
import { expect, test } from "vitest";
import { document } from "./document.ts";

const operations = Object.entries(document.paths).flatMap(([path, { get, post, delete: remove }]) =>
  Object.entries({ GET: get, POST: post, DELETE: remove }).flatMap(([method, operation]) =>
    operation ? [{ route: `${method} ${path}`, id: operation.operationId }] : [],
  ),
);

test("the OpenAPI document is valid OpenAPI 3.1", async () => {
  const validator = new Validator();
  expect(await validator.validate(JSON.parse(JSON.stringify(document)))).toEqual({ valid: true });
  expect(validator.version).toBe("3.1");
});

test("the OpenAPI document has every route of the API", () => {
  expect(operations.map(({ route }) => route).toSorted()).toEqual([
    "DELETE /jobs/{jobId}",
    "GET /download/{jobId}",
    "GET /job-status/{jobId}",
    "GET /jobs",
    "GET /upload/{jobId}/parts",
    "POST /convert",
    "POST /jobs/{jobId}/cancel",
    "POST /jobs/{jobId}/retry",
    "POST /trigger-job",
    "POST /upload",
    "POST /upload/{jobId}/complete",
  ]);
});

test("every operation has a unique id that a generated client can use as a function name", () => {
  const ids = operations.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  for (const id of ids) expect(id).toMatch(/^[a-z]+[A-Z][A-Za-z]*$/);
});
