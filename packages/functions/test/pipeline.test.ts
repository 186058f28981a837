import type { Job } from "@unparquet/core/job/schema";
import { expectProblem, get, post, request } from "@unparquet/testing/api/client";
import { ended, uploaded } from "@unparquet/testing/api/jobs";
import { damagedNames, keysOf, putOutput, threeRows } from "@unparquet/testing/fixtures/objects";
import { rawItem } from "@unparquet/testing/fixtures/records";
import { describe, expect, test } from "vitest";
import * as z from "zod";

/** The index from rows to bytes that the converter writes. */
const Index = z.object({
  rows: z.int(),
  bytes: z.int(),
  format: z.string(),
  compression: z.string(),
  entries: z.array(z.tuple([z.int(), z.int()])),
});

const convert = async (options?: object, bytes = threeRows): Promise<Job> => {
  const { jobId } = await uploaded(bytes);
  const answer = await post("/trigger-job", { jobId, ...(options && { options }) });
  expect(answer.status).toBe(202);
  return ended(jobId);
};

describe("from Parquet to JSON, through the Glue job itself", () => {
  test("a file becomes one JSON object a row, at a public address", async () => {
    const job = await convert();
    expect(job).toMatchObject({
      status: "SUCCEEDED",
      error: null,
      attempts: [{ attempt: 1, status: "SUCCEEDED", lane: "shell", runId: expect.any(String), error: null }],
      result: {
        rows: 3,
        filename: "Fahrten März.ndjson",
        contentType: "application/x-ndjson",
        columns: [
          { name: "id", type: "int64" },
          { name: "name", type: "string" },
          { name: "at", type: "timestamp(us, UTC)" },
        ],
        columnsOmitted: 0,
      },
    });
    const redirect = await get(`/download/${job.jobId}`);
    expect(redirect.status).toBe(302);
    const output = await fetch(redirect.headers.get("Location") ?? "");
    expect(output.headers.get("Content-Type")).toBe("application/x-ndjson");
    expect(output.headers.get("Content-Disposition")).toContain("attachment");
    const text = await output.text();
    expect(Buffer.byteLength(text)).toBe(job.result?.bytes);
    expect(
      text
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line)),
    ).toEqual([
      { id: 1, name: "one", at: "2026-01-31T12:00:00Z" },
      { id: 2, name: "zwei — ü", at: "2026-01-31T12:00:00.000001Z" },
      { id: 3, name: null, at: "2026-01-31T12:00:00.000002Z" },
    ]);
    expect(await rawItem(job.jobId)).toMatchObject({ gsi1pk: "$unparquet#status_SUCCEEDED" });

    await expectProblem(await post("/trigger-job", { jobId: job.jobId }), 409, "wrong_status");
    await expectProblem(await post(`/jobs/${job.jobId}/cancel`), 409, "wrong_status");
    expect((await request("DELETE", `/jobs/${job.jobId}`)).status).toBe(204);
    expect(await keysOf(job.jobId)).toEqual([]);
    expect(await rawItem(job.jobId)).toBeUndefined();
    // AWS says 403: the public may not know what there is.
    expect([403, 404]).toContain((await fetch(job.result?.url ?? "")).status);
  });

  test.each([
    ["?redirect=false", {}],
    ["", { Accept: "application/json" }],
  ])("the address of the result is returned for%s %j", async (query, headers: Record<string, string>) => {
    const { jobId, result } = await convert({
      format: "json",
      columns: ["name"],
      limit: 2,
      compression: "gzip",
    });
    const answer = await get(`/download/${jobId}${query}`, headers);
    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual({
      url: result?.url,
      filename: "Fahrten März.json.gz",
      bytes: result?.bytes,
      contentType: "application/gzip",
    });
    const output = await fetch(result?.url ?? "");
    const text = await new Response(output.body?.pipeThrough(new DecompressionStream("gzip"))).text();
    expect(JSON.parse(text)).toEqual([{ name: "one" }, { name: "zwei — ü" }]);
  });

  test("the signed index URL reads the index and nothing else", async () => {
    const job = await convert({ format: "json", compression: "gzip" });
    const { url = "", indexUrl, bytes = 0 } = job.result ?? {};
    const answer = await fetch(indexUrl ?? "");
    const index = Index.parse(await answer.json());
    expect(index).toMatchObject({ rows: 3, bytes, format: "json", compression: "gzip" });
    expect(index.entries).toEqual([[0, 0]]);
    const output = await fetch(url);
    const text = await new Response(output.body?.pipeThrough(new DecompressionStream("gzip"))).text();
    expect(JSON.parse(text)).toMatchObject([{ id: 1 }, { id: 2 }, { id: 3 }]);

    const signed = new URL(indexUrl ?? "");
    expect((await fetch(signed, { method: "PUT", body: "{}" })).status).toBe(403);
    expect((await fetch(signed.href.replace("index.json", "manifest.json"))).status).toBe(403);
    expect(Number(signed.searchParams.get("X-Amz-Expires"))).toBeLessThanOrEqual(900);

    await request("DELETE", `/jobs/${job.jobId}`);
    // AWS says 403 where a role may not list.
    expect([403, 404]).toContain((await fetch(signed)).status);
  });

  test("a browser's Accept header gets the file, not its description", async () => {
    const { jobId } = await convert();
    const answer = await get(`/download/${jobId}`, { Accept: "text/html,application/xhtml+xml,*/*;q=0.8" });
    expect(answer.status).toBe(302);
  });

  test("a conversion that fails says why, and can be retried with other options", async () => {
    const job = await convert({}, damagedNames);
    expect(job).toMatchObject({
      status: "FAILED",
      result: null,
      error: { code: "corrupt_file", message: expect.stringContaining("name") },
      attempts: [{ attempt: 1, status: "FAILED", error: { code: "corrupt_file" } }],
    });
    await expectProblem(await get(`/download/${job.jobId}`), 409, "not_ready");
    const retried = await post(`/jobs/${job.jobId}/retry`, { options: { columns: ["id"] } });
    expect(retried.status).toBe(202);
    expect(await ended(job.jobId)).toMatchObject({
      status: "SUCCEEDED",
      attempt: 2,
      error: null,
      attempts: [
        { status: "FAILED", error: { code: "corrupt_file" } },
        { attempt: 2, status: "SUCCEEDED" },
      ],
      result: { columns: [{ name: "id" }], url: expect.stringContaining(`/jobs/${job.jobId}/2/`) },
    });
  });

  test("a file called manifest.parquet becomes a manifest.json of its own content", async () => {
    const bytes = threeRows;
    for (const filename of ["manifest.parquet", "progress.parquet", "run.parquet"]) {
      const { jobId } = await uploaded(bytes, filename);
      await post("/trigger-job", { jobId, options: { format: "json", columns: ["id"] } });
      const { status, result } = await ended(jobId);
      expect(status).toBe("SUCCEEDED");
      expect(await (await fetch(result?.url ?? "")).json()).toEqual([{ id: 1 }, { id: 2 }, { id: 3 }]);
    }
  });

  test("a run that finds its attempt claimed by another run writes nothing", async () => {
    const { jobId } = await uploaded(threeRows);
    await putOutput(`reports/${jobId}/1/run.json`, { id: "another run" });
    await post("/trigger-job", { jobId });
    expect(await ended(jobId)).toMatchObject({ status: "FAILED", result: null });
    const keys = (await keysOf(jobId)).filter((key) => !key.startsWith("uploads/"));
    expect(keys).toEqual([`reports/${jobId}/1/run.json`]);
  });
});
