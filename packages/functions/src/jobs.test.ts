import { expire, queueAgain, succeed } from "@unparquet/core/job/transitions";
import { expectProblem, get, post, request } from "@unparquet/testing/api/client";
import { created, jobOf, uploaded } from "@unparquet/testing/api/jobs";
import { keysOf, parquetLike, putInput, threeRows } from "@unparquet/testing/fixtures/objects";
import { applied, checked, jobs, rawItem, result } from "@unparquet/testing/fixtures/records";
import { startScriptedGlue } from "@unparquet/testing/glue/scripted-glue";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

// Runs that continue until the test ends them.
let glue: Awaited<ReturnType<typeof startScriptedGlue>>;
beforeAll(async () => {
  glue = await startScriptedGlue();
});
afterAll(() => glue.close());

const remove = (jobId: string) => request("DELETE", `/jobs/${jobId}`);

describe("POST /trigger-job", () => {
  test("starts the job with the given options and the documented defaults", async () => {
    const { jobId } = await uploaded();
    const answer = await post("/trigger-job", { jobId, options: { format: "json", limit: 5 } });
    expect(answer.status).toBe(202);
    expect(await jobOf(answer)).toMatchObject({
      status: "RUNNING",
      input: { bytes: threeRows.length },
      attempts: [{ attempt: 1, status: "RUNNING", endedAt: null, error: null }],
      options: {
        format: "json",
        compression: "none",
        limit: 5,
        integers: "number",
        decimals: "number",
        binary: "base64",
        text: "strict",
        nonFinite: "null",
        nulls: "keep",
        timestamps: "iso",
      },
    });
  });

  test("repeating the call returns the job unchanged", async () => {
    const { jobId } = await uploaded();
    await post("/trigger-job", { jobId, options: { limit: 5 } });
    const again = await post("/trigger-job", { jobId, options: { limit: 6 } });
    expect(again.status).toBe(200);
    expect(await jobOf(again)).toMatchObject({ status: "RUNNING", attempt: 1, options: { limit: 5 } });
  });

  test("a job without a file is refused until the file is uploaded", async () => {
    const { job } = await created({ filename: "a.parquet", size: 32 });
    await expectProblem(await post("/trigger-job", { jobId: job.jobId }), 409, "input_missing");
    await putInput(job, threeRows);
    expect((await post("/trigger-job", { jobId: job.jobId })).status).toBe(202);
  });

  test.each([
    ["not_parquet", Buffer.from("id,name\n1,one\n")],
    ["encrypted_file", Buffer.from("PARE----------------\x04\0\0\0PARE")],
    ["corrupt_file", parquetLike(1000)],
    ["corrupt_file", threeRows.with(threeRows.length - 20, 255)],
  ])("refuses a file that is %s, and fails its job with the same code", async (code, bytes) => {
    const { jobId } = await uploaded(new Uint8Array(bytes));
    const { detail: message } = await expectProblem(await post("/trigger-job", { jobId }), 422, code);
    expect(await jobOf(await get(`/job-status/${jobId}`))).toMatchObject({
      status: "FAILED",
      error: { code, message },
      attempts: [{ attempt: 1, status: "FAILED", runId: null, error: { code } }],
    });
    await expectProblem(await post("/trigger-job", { jobId }), 409, "wrong_status");
    await expectProblem(await post(`/jobs/${jobId}/retry`), 422, code);
  });

  test("an unknown column is refused with the converter's message, and the job waits for other options", async () => {
    const { jobId } = await uploaded();
    const answer = await post("/trigger-job", { jobId, options: { columns: ["nmae"] } });
    expect((await expectProblem(answer, 422, "unknown_column")).detail).toContain('"nmae"');
    expect(await jobOf(await get(`/job-status/${jobId}`))).toMatchObject({
      ...{ status: "PENDING_UPLOAD", error: null, attempts: [] },
    });
    const other = await post("/trigger-job", { jobId, options: { columns: ["name"] } });
    expect(await jobOf(other)).toMatchObject({ status: "RUNNING", options: { columns: ["name"] } });
  });

  test.each([
    ["an unknown option", { fromat: "json" }],
    ["an unknown format", { format: "xml" }],
    ["an unknown choice for timestamps", { timestamps: "epoch-s" }],
    ["no columns", { columns: [] }],
    ["a column twice", { columns: ["a", "a"] }],
    ["columns without end", { columns: Array.from({ length: 5000 }, (_, i) => `column_${i}`) }],
    ["no rows", { limit: 0 }],
  ])("refuses %s", async (_, options) => {
    const { jobId } = await uploaded();
    const answer = await post("/trigger-job", { jobId, options });
    expect((await expectProblem(answer, 400, "invalid_request")).detail).toContain("options");
  });

  test("an unknown or missing job id is refused", async () => {
    await expectProblem(await post("/trigger-job", { jobId: "job_nope" }), 404, "job_not_found");
    await expectProblem(await post("/trigger-job", {}), 400, "invalid_request");
    await expectProblem(
      await post("/trigger-job", "{}", { "Content-Type": "text/plain" }),
      415,
      "unsupported_media_type",
    );
  });

  test("a body without a content type is refused", async () => {
    const body = new TextEncoder().encode("{}");
    await expectProblem(await request("POST", "/trigger-job", { body }), 415, "unsupported_media_type");
    const headers = { "Content-Type": "application/json; charset=utf-8" };
    await expectProblem(await request("POST", "/trigger-job", { body, headers }), 400, "invalid_request");
  });
});

describe("POST /jobs/{jobId}/cancel", () => {
  test("stops a running job and can be repeated", async () => {
    const { jobId } = await uploaded();
    await post("/trigger-job", { jobId });
    for (const _ of [1, 2]) {
      const answer = await post(`/jobs/${jobId}/cancel`);
      expect(answer.status).toBe(202);
      expect(await jobOf(answer)).toMatchObject({ status: "CANCELLING" });
    }
    const runId = glue.runs.find((run) => run.jobId === jobId)?.runId;
    expect(glue.stopped).toEqual([runId, runId]);
    await expectProblem(await post("/trigger-job", { jobId }), 409, "wrong_status");
    await expectProblem(await remove(jobId), 409, "wrong_status");
  });

  test("cancels a queued job immediately, which can then be retried", async () => {
    const { jobId } = await uploaded();
    glue.next = ["full"];
    expect(await jobOf(await post("/trigger-job", { jobId }))).toMatchObject({ status: "QUEUED" });
    const cancelled = await jobOf(await post(`/jobs/${jobId}/cancel`));
    expect(cancelled).toMatchObject({ status: "CANCELLED", attempts: [{ endedAt: expect.any(String) }] });
    await expectProblem(await get(`/download/${jobId}`), 409, "not_ready");
    // With the body curl would send for none, with an empty object, with none at all.
    expect(await jobOf(await post(`/jobs/${jobId}/retry`, {}))).toMatchObject({
      status: "RUNNING",
      attempt: 2,
    });
  });

  test.each(["pending", "succeeded", "failed"] as const)("a %s job cannot be cancelled", async (status) => {
    const { jobId } = await jobs[status]();
    await expectProblem(await post(`/jobs/${jobId}/cancel`), 409, "wrong_status");
  });

  test("an unknown job is answered 404", async () => {
    await expectProblem(await post("/jobs/job_nope/cancel"), 404, "job_not_found");
  });
});

describe("POST /jobs/{jobId}/retry", () => {
  test("a retry keeps the options unless others are given", async () => {
    const job = await jobs.failed();
    await putInput(job, threeRows);
    expect(await jobOf(await post(`/jobs/${job.jobId}/retry`))).toMatchObject({
      options: job.options,
      attempt: 2,
      error: null,
    });
  });

  test("a retry without the input is refused and changes nothing", async () => {
    const { jobId } = await jobs.failed();
    await expectProblem(await post(`/jobs/${jobId}/retry`), 409, "input_missing");
    expect(await rawItem(jobId)).toMatchObject({ status: "FAILED", attempt: 1 });
  });

  test("a retry with an unknown column is refused and changes nothing", async () => {
    const job = await jobs.failed();
    await putInput(job, threeRows);
    const before = await rawItem(job.jobId);
    const answer = await post(`/jobs/${job.jobId}/retry`, { options: { columns: ["nmae"] } });
    await expectProblem(answer, 422, "unknown_column");
    expect(await rawItem(job.jobId)).toEqual(before);
  });

  test.each(["pending", "queued", "running", "cancelling"] as const)(
    "a %s job cannot be retried",
    async (status) => {
      const { jobId } = await jobs[status]();
      await expectProblem(await post(`/jobs/${jobId}/retry`), 409, "wrong_status");
    },
  );

  test("an expired or unknown job cannot be retried", async () => {
    const { jobId } = await applied(expire(await jobs.pending()));
    await expectProblem(await post(`/jobs/${jobId}/retry`), 409, "wrong_status");
    await expectProblem(await post("/jobs/job_nope/retry"), 404, "job_not_found");
  });
});

describe("DELETE /jobs/{jobId}", () => {
  test("deletes the record and the input of a job that was never triggered", async () => {
    const { jobId } = await uploaded();
    expect((await remove(jobId)).status).toBe(204);
    expect(await keysOf(jobId)).toEqual([]);
    expect(await rawItem(jobId)).toBeUndefined();
    for (const answer of [
      await remove(jobId),
      await get(`/job-status/${jobId}`),
      await get(`/download/${jobId}`),
    ]) {
      await expectProblem(answer, 404, "job_not_found");
    }
  });

  test("aborts an unfinished multipart upload", async () => {
    const { job, upload } = await created({ filename: "big.parquet", size: 65 * 1024 ** 2 });
    if (upload.strategy !== "multipart") throw new Error("Not multipart");
    await remove(job.jobId);
    const { listParts } = await import("@unparquet/core/storage/input");
    expect(await listParts({ ...job, uploadId: upload.uploadId }, 1, 10)).toBeNull();
  });

  test.each(["queued", "running", "cancelling"] as const)(
    "is refused while the job is %s",
    async (status) => {
      const job = await jobs[status]();
      await putInput(job, threeRows);
      await expectProblem(await remove(job.jobId), 409, "wrong_status");
      expect(await keysOf(job.jobId)).toHaveLength(1);
    },
  );

  test("an unknown job is answered 404", async () => {
    await expectProblem(await remove("job_nope"), 404, "job_not_found");
  });
});

describe("GET /jobs", () => {
  const list = async (query = "") => {
    const answer = await get(`/jobs${query}`);
    expect(answer.status).toBe(200);
    return (await answer.json()) as { jobs: { jobId: string; status: string }[]; cursor: string | null };
  };

  test("lists the newest jobs first and continues at the cursor", async () => {
    const [older, newer] = [await jobs.pending(), await jobs.pending()];
    const first = await list("?limit=1");
    expect(first.jobs.map(({ jobId }) => jobId)).toEqual([newer.jobId]);
    const second = await list(`?limit=1&cursor=${first.cursor}`);
    expect(second.jobs.map(({ jobId }) => jobId)).toEqual([older.jobId]);
  });

  test("lists results without indexUrl", async () => {
    const { jobId } = await applied(succeed(await jobs.running(), { ...result, indexed: true }));
    expect((await list("?limit=1")).jobs).toMatchObject([{ jobId }]);
    expect((await list("?limit=1")).jobs[0]).toMatchObject({
      result: { ...result, url: expect.any(String), indexUrl: null },
    });
  });

  test("filters by one status or several", async () => {
    await jobs.succeeded();
    await jobs.failed();
    const statuses = async (query: string) => new Set((await list(query)).jobs.map(({ status }) => status));
    expect(await statuses("?status=FAILED")).toEqual(new Set(["FAILED"]));
    expect(await statuses("?status=FAILED&status=SUCCEEDED")).toEqual(new Set(["FAILED", "SUCCEEDED"]));
  });

  test.each([
    "?status=DONE",
    "?status=DELETING",
    "?limit=0",
    "?limit=1001",
    "?limit=ten",
    "?limit=1e2",
    "?limit=0x10",
    "?limit=%205",
    "?limit=1&limit=2",
  ])("refuses %s", async (query) => {
    await expectProblem(await get(`/jobs${query}`), 400, "invalid_request");
  });

  test("refuses an invalid cursor", async () => {
    await expectProblem(await get("/jobs?cursor=abc"), 400, "invalid_cursor");
  });
});

describe("GET /job-status/{jobId}", () => {
  test("returns the progress of a running job", async () => {
    const { jobId } = await jobs.running();
    expect(await jobOf(await get(`/job-status/${jobId}`))).toMatchObject({
      status: "RUNNING",
      progress: null,
    });
    const { putOutput } = await import("@unparquet/testing/fixtures/objects");
    const progress = { rows: 10, totalRows: 100, outputBytes: 1234 };
    await putOutput(`reports/${jobId}/1/progress.json`, { ...progress, updatedAt: new Date().toISOString() });
    expect(await jobOf(await get(`/job-status/${jobId}`))).toMatchObject({ progress });
    // Caught while it is being written, or by another version: no progress, but no failure either.
    await putOutput(`reports/${jobId}/1/progress.json`, '{"rows":');
    expect(await jobOf(await get(`/job-status/${jobId}`))).toMatchObject({ progress: null });
  });

  test("links the index of each result that has one", async () => {
    const first = await applied(succeed(await jobs.running(), { ...result, indexed: true }));
    await applied(queueAgain(first, checked(first.options)));
    const path = new RegExp(`/reports/${first.jobId}/1/index\\.json\\?`);
    expect(await jobOf(await get(`/job-status/${first.jobId}`))).toMatchObject({
      result: null,
      attempts: [{ result: { indexUrl: expect.stringMatching(path) } }, { result: null }],
    });
  });

  test("indexUrl is null for a result without an index", async () => {
    const { jobId } = await jobs.succeeded();
    expect(await jobOf(await get(`/job-status/${jobId}`))).toMatchObject({
      result: { indexUrl: null },
      attempts: [{ result: { indexUrl: null } }],
    });
  });

  test("an unknown job is answered 404", async () => {
    await expectProblem(await get("/job-status/job_nope"), 404, "job_not_found");
    await expectProblem(await get("/download/job_nope"), 404, "job_not_found");
  });
});
