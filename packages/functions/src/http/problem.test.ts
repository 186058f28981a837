import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { expectProblem, get, post, request } from "@unparquet/testing/api/client";
import { Hono } from "hono";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { app } from "../app.ts";

// A DynamoDB that fails as told: the embedded one cannot be made to throttle, break or hang up.
let server: Server;
let fails: { status: number; type: string } | "hang up";
beforeAll(async () => {
  server = createServer((incoming, response) => {
    if (fails === "hang up") return incoming.socket.destroy();
    response
      .writeHead(fails.status, { "Content-Type": "application/x-amz-json-1.0" })
      .end(JSON.stringify({ __type: `com.amazonaws.dynamodb.v20120810#${fails.type}`, message: "secret" }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  process.env.AWS_ENDPOINT_URL_DYNAMODB = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  process.env.AWS_MAX_ATTEMPTS = "1";
});
afterAll(() => {
  delete process.env.AWS_ENDPOINT_URL_DYNAMODB;
  delete process.env.AWS_MAX_ATTEMPTS;
  server.close();
});

const failing = async (how: typeof fails) => {
  fails = how;
  return get("/job-status/job_1");
};

describe("a service that fails", () => {
  test.each(["ProvisionedThroughputExceededException", "ThrottlingException", "RequestLimitExceeded"])(
    "by %s is throttled, with a time to wait",
    async (type) => {
      const answer = await failing({ status: 400, type });
      expect(Number(answer.headers.get("Retry-After"))).toBeGreaterThan(0);
      await expectProblem(answer, 429, "throttled");
    },
  );

  test.each<typeof fails>([
    { status: 500, type: "InternalServerError" },
    { status: 503, type: "X" },
    "hang up",
  ])("by %j is unavailable, with a time to wait", async (how) => {
    const answer = await failing(how);
    expect(Number(answer.headers.get("Retry-After"))).toBeGreaterThan(0);
    await expectProblem(answer, 503, "unavailable");
  });

  test("in a way nobody thought of tells the caller nothing about it", async () => {
    const answer = await failing({ status: 400, type: "ResourceNotFoundException" });
    const body = await expectProblem(answer, 500, "internal");
    expect(JSON.stringify(body)).not.toMatch(/secret|DynamoDB|ResourceNotFound/i);
  });
});

describe("a request for what there is not", () => {
  test("an unknown path", async () => {
    await expectProblem(await get("/nope"), 404, "not_found");
    await expectProblem(await get("/jobs/job_1/nope"), 404, "not_found");
  });

  test("a method the path does not have", async () => {
    const answer = await request("PUT", "/jobs/job_1");
    expect(answer.headers.get("Allow")).toBe("DELETE");
    await expectProblem(answer, 405, "method_not_allowed");
  });
});

test("the API answers so, too, mounted in another app", async () => {
  const outer = new Hono().route("/", app);
  const unknown = await outer.request("/nope");
  expect(unknown.status).toBe(404);
  expect(await unknown.json()).toMatchObject({ code: "not_found" });
  expect((await outer.request("/jobs", { method: "PUT" })).status).toBe(405);
});

describe("the request's id", () => {
  test("is the caller's own, where there is a good one", async () => {
    const answer = await get("/nope", { "X-Request-Id": "mine-1" });
    expect(answer.headers.get("X-Request-Id")).toBe("mine-1");
  });

  test("is a new one instead of a bad one", async () => {
    const answer = await get("/nope", { "X-Request-Id": 'a"b' });
    expect(answer.headers.get("X-Request-Id")).toMatch(/^[0-9a-f-]{36}$/);
  });
});

test("JSON of more than 4 MiB is refused before it is read", async () => {
  await expectProblem(await post("/trigger-job", { jobId: "x".repeat(4 * 1024 ** 2) }), 413, "too_large");
});

test.each([
  ["an answer", () => get("/openapi.json"), 200],
  ["a problem of a route", () => post("/upload", "{"), 400],
  ["a problem of no route", () => get("/nope"), 404],
  ["a problem of ours", () => failing({ status: 500, type: "InternalServerError" }), 503],
])("%s in JSON cannot be taken for a page, a script or a frame", async (_, ask, status) => {
  const answer = await ask();
  expect(answer.status).toBe(status);
  expect(answer.headers.get("X-Content-Type-Options")).toBe("nosniff");
  expect(answer.headers.get("Content-Security-Policy")).toBe("default-src 'none'; frame-ancestors 'none'");
});
