import { Validator } from "@seriousme/openapi-schema-validator";
import { get } from "@unparquet/testing/api/client";
import { expect, test } from "vitest";
import { routes } from "../contract/routes.ts";
import { document } from "../docs/document.ts";

test("the document is valid OpenAPI 3.1", async () => {
  const answer = await get("/openapi.json");
  const body = JSON.parse(await answer.text());
  const validator = new Validator();
  expect(await validator.validate(body)).toEqual({ valid: true });
  expect(validator.version).toBe("3.1");
});

test("the document has every route of the contract", () => {
  const operations = Object.entries(document.paths ?? {}).flatMap(([path, item]) =>
    Object.keys(item).map((method) => `${method.toUpperCase()} ${path}`),
  );
  expect(operations.toSorted()).toEqual([
    "DELETE /jobs/{jobId}",
    "GET /docs",
    "GET /download/{jobId}",
    "GET /job-status/{jobId}",
    "GET /jobs",
    "GET /openapi.json",
    "GET /upload/{jobId}/parts",
    "POST /jobs/{jobId}/cancel",
    "POST /jobs/{jobId}/retry",
    "POST /trigger-job",
    "POST /upload",
    "POST /upload/{jobId}/complete",
  ]);
});

test("every operation has an id of its own, which a generated client can take for a function's name", () => {
  const ids = Object.values(document.paths ?? {}).flatMap((item) =>
    Object.values(item).map(({ operationId }) => operationId),
  );
  expect(ids).toHaveLength(routes.length);
  expect(new Set(ids).size).toBe(ids.length);
  for (const id of ids) expect(id).toMatch(/^[a-z]+[A-Z][A-Za-z]*$/);
});

test("the page shows every route and schema, and needs nothing from elsewhere", async () => {
  const answer = await get("/docs");
  expect(answer.headers.get("Content-Type")).toMatch(/^text\/html/);
  const policy = answer.headers.get("Content-Security-Policy") ?? "";
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain("frame-ancestors 'none'");
  expect(policy).not.toContain("unsafe");
  const page = await answer.text();
  for (const path of Object.keys(document.paths ?? {})) expect(page).toContain(path);
  const targets = [...page.matchAll(/href="#([^"]+)"/g)].map(([, target]) => target);
  expect(targets.filter((target) => !page.includes(`id="${target}"`))).toEqual([]);
  expect(page).not.toMatch(/<script|<link|src=/);
});
