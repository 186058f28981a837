import { today, usedToday } from "@unparquet/core/job/quota";
import { expectProblem, get, post } from "@unparquet/testing/api/client";
import { created, ended, jobOf, uploaded } from "@unparquet/testing/api/jobs";
import { keysOf, threeRows } from "@unparquet/testing/fixtures/objects";
import { Resource } from "sst";
import { afterEach, describe, expect, test } from "vitest";

const configured = { ...Resource.Limits };
afterEach(() => {
  Object.assign(Resource.Limits, configured);
});

test.each([{ outputMaxRows: 2 }, { outputMaxBytes: 20 }])(
  "a conversion that would exceed %j by its footer is refused, and the job waits for other options",
  async (limits) => {
    Object.assign(Resource.Limits, limits);
    const { jobId } = await uploaded(threeRows);
    await expectProblem(await post("/trigger-job", { jobId }), 422, "limit_exceeded");
    expect(await jobOf(await get(`/job-status/${jobId}`))).toMatchObject({ status: "PENDING_UPLOAD" });
  },
);

test("a conversion whose output exceeds the limit only by its values ends with limit_exceeded and leaves none", async () => {
  Resource.Limits.outputMaxBytes = 165;
  const { jobId } = await uploaded(threeRows);
  await post("/trigger-job", { jobId });
  expect(await ended(jobId)).toMatchObject({ status: "FAILED", error: { code: "limit_exceeded" } });
  expect((await keysOf(jobId)).filter((key) => key.startsWith("jobs/"))).toEqual([]);
});

describe("the maximum upload size", () => {
  test("a larger file is refused when announced and when sent", async () => {
    Resource.Limits.uploadMaxBytes = 100;
    await expectProblem(await post("/upload", { filename: "a.parquet", size: 101 }), 413, "too_large");
    const type = { "Content-Type": "application/octet-stream" };
    const direct = await post("/upload?filename=a.parquet", "x".repeat(101), type);
    expect((await expectProblem(direct, 413, "too_large")).detail).toContain("the limit is 100");
    expect((await created({ filename: "a.parquet", size: 100 })).job.status).toBe("PENDING_UPLOAD");
  });

  test("the limit applies to the uploaded bytes", async () => {
    const { jobId } = await uploaded();
    Resource.Limits.uploadMaxBytes = threeRows.length - 1;
    await expectProblem(await post("/trigger-job", { jobId }), 422, "limit_exceeded");
    expect(await jobOf(await get(`/job-status/${jobId}`))).toMatchObject({
      status: "FAILED",
      error: { code: "limit_exceeded" },
    });
  });
});

test("once the daily conversions are used up, a job stays pending and Retry-After says until when", async () => {
  Resource.Limits.conversionsPerDay = (await usedToday(today())).conversions ?? 0;
  Resource.Limits.conversionsPerDay += 1;
  const [first, second] = [await uploaded(), await uploaded()];
  await post("/trigger-job", { jobId: first.jobId });
  const answer = await post("/trigger-job", { jobId: second.jobId });
  expect(Number(answer.headers.get("Retry-After"))).toBeGreaterThan(0);
  await expectProblem(answer, 429, "throttled");
  expect(await jobOf(await get(`/job-status/${second.jobId}`))).toMatchObject({ status: "PENDING_UPLOAD" });
  // Asking again for what runs already costs nothing.
  expect((await post("/trigger-job", { jobId: first.jobId })).status).not.toBe(429);
});
