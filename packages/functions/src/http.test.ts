import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { expectProblem, get, post, request } from "@unparquet/testing/api/client";
import { Hono } from "hono";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { app } from "./app.ts";

// A DynamoDB that fails on demand: the embedded one cannot throttle or hang up.
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

describe("an AWS error", () => {
  test.each(["ProvisionedThroughputExceededException", "ThrottlingException", "RequestLimitExceeded"])(
    "%s from DynamoDB becomes 429 with Retry-After",
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
  ])("%j from DynamoDB becomes 503 with Retry-After", async (how) => {
    const answer = await failing(how);
    expect(Number(answer.headers.get("Retry-After"))).toBeGreaterThan(0);
    await expectProblem(answer, 503, "unavailable");
  });

  test("an unexpected AWS error becomes a 500 without details", async () => {
    const answer = await failing({ status: 400, type: "ResourceNotFoundException" });
    const body = await expectProblem(answer, 500, "internal");
    expect(JSON.stringify(body)).not.toMatch(/secret|DynamoDB|ResourceNotFound/i);
  });
});

describe("an unknown route", () => {
  test("an unknown path is answered 404", async () => {
    await expectProblem(await get("/nope"), 404, "not_found");
    await expectProblem(await get("/jobs/job_1/nope"), 404, "not_found");
  });

  test("an unsupported method is answered 405 with Allow", async () => {
    const answer = await request("PUT", "/jobs/job_1");
    expect(answer.headers.get("Allow")).toBe("DELETE");
    await expectProblem(answer, 405, "method_not_allowed");
  });
});

test("unknown routes are answered 404 and 405 if the API is mounted in another app", async () => {
  const outer = new Hono().route("/", app);
  const unknown = await outer.request("/nope");
  expect(unknown.status).toBe(404);
  expect(await unknown.json()).toMatchObject({ code: "not_found" });
  expect((await outer.request("/jobs", { method: "PUT" })).status).toBe(405);
});

describe("the request id", () => {
  test("a valid X-Request-Id is kept", async () => {
    const answer = await get("/nope", { "X-Request-Id": "mine-1" });
    expect(answer.headers.get("X-Request-Id")).toBe("mine-1");
  });

  test("an invalid X-Request-Id is replaced", async () => {
    const answer = await get("/nope", { "X-Request-Id": 'a"b' });
    expect(answer.headers.get("X-Request-Id")).toMatch(/^[0-9a-f-]{36}$/);
  });
});

test("JSON over 4 MiB is answered 413", async () => {
  await expectProblem(await post("/trigger-job", { jobId: "x".repeat(4 * 1024 ** 2) }), 413, "too_large");
});

test.each([
  ["a route's error", () => post("/upload", "{"), 400],
  ["an unknown route's error", () => get("/nope"), 404],
  ["a server error", () => failing({ status: 500, type: "InternalServerError" }), 503],
])("%s cannot be used as a page, a script or a frame", async (_, ask, status) => {
  const answer = await ask();
  expect(answer.status).toBe(status);
  expect(answer.headers.get("X-Content-Type-Options")).toBe("nosniff");
  expect(answer.headers.get("Content-Security-Policy")).toBe("default-src 'none'; frame-ancestors 'none'");
});
