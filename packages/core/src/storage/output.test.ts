import { afterEach, expect, test, vi } from "vitest";
import { presignIndex } from "./output.ts";

afterEach(() => {
  vi.useRealTimers();
});

test("the URL of an index stays the same for five minutes and is valid for at least ten", async () => {
  const at = (now: string) => {
    vi.useFakeTimers({ toFake: ["Date"], now: new Date(now) });
    return presignIndex({ jobId: "job_1", attempt: 2 });
  };
  const url = await at("2026-01-31T12:00:00.000Z");
  expect(await at("2026-01-31T12:04:59.999Z")).toBe(url);
  expect(await at("2026-01-31T12:05:00.000Z")).not.toBe(url);
  const { pathname, searchParams } = new URL(url);
  expect(pathname).toMatch(/\/reports\/job_1\/2\/index\.json$/);
  expect(searchParams.get("X-Amz-Date")).toBe("20260131T120000Z");
  expect(searchParams.get("X-Amz-Expires")).toBe("900");
});
