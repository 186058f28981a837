import { expectProblem, get, post, request } from "@unparquet/testing/api/client";
import { created, jobOf, uploaded } from "@unparquet/testing/api/jobs";
import { readInput } from "@unparquet/testing/fixtures/objects";
import { describe, expect, test } from "vitest";
import * as z from "zod";

const MiB = 1024 ** 2;
const Parts = z.object({
  parts: z.array(z.object({ partNumber: z.int(), url: z.string() })),
  uploaded: z.array(z.object({ partNumber: z.int(), etag: z.string(), size: z.int() })),
});

describe("POST /upload", () => {
  test("creates a job and a URL that accepts the file by a plain PUT", async () => {
    const bytes = new Uint8Array([80, 65, 82, 49]);
    const { job, upload } = await created({ filename: "a b+ü.parquet", size: 4 });
    expect(job).toMatchObject({
      filename: "a b+ü.parquet",
      status: "PENDING_UPLOAD",
      attempt: 1,
      attempts: [],
      input: { bytes: 4 },
      progress: null,
      result: null,
      error: null,
    });
    if (upload.strategy !== "single") throw new Error("Not single");
    expect(new Date(upload.expiresAt).getTime()).toBeGreaterThan(Date.now());
    // As a browser does it: only the URL, method and headers of the response.
    const put = await fetch(upload.url, { method: upload.method, headers: upload.headers, body: bytes });
    expect(put.status).toBe(200);
    expect(await readInput(job)).toEqual(Buffer.from(bytes));
  });

  test("signs the file's size into the URL", async () => {
    const { upload } = await created({ filename: "a.parquet", size: 4 });
    if (upload.strategy !== "single") throw new Error("Not single");
    expect(new URL(upload.url).searchParams.get("X-Amz-SignedHeaders")).toContain("content-length");
    const put = await fetch(upload.url, { method: "PUT", body: "longer than announced" });
    expect(put.status).toBe(403);
  });

  test("files over 64 MiB are uploaded in parts", async () => {
    expect((await created({ filename: "a.parquet", size: 64 * MiB })).upload.strategy).toBe("single");
    expect((await created({ filename: "a.parquet", size: 64 * MiB + 1 })).upload).toMatchObject({
      strategy: "multipart",
      partSize: 16 * MiB,
      partCount: 5,
    });
    const { upload } = await created({ filename: "a.parquet", size: 50_000 * 1024 * MiB });
    expect(upload).toMatchObject({ partSize: 5 * 1024 * MiB, partCount: 10_000 });
  });

  test.each([
    ["no filename", { size: 4 }, "filename"],
    ["a path as filename", { filename: "../a.parquet", size: 4 }, "filename"],
    ["no size", { filename: "a.parquet" }, "size"],
    ["no bytes", { filename: "a.parquet", size: 0 }, "The file is empty."],
    ["half a byte", { filename: "a.parquet", size: 1.5 }, "size"],
    ["more than S3 takes", { filename: "a.parquet", size: 50_000 * 1024 * MiB + 1 }, "size"],
    ["an array", [], ""],
  ])("refuses %s and says where it is wrong", async (_, body, where) => {
    const { detail } = await expectProblem(await post("/upload", body), 400, "invalid_request");
    expect(detail).toContain(where);
  });

  test("refuses malformed JSON", async () => {
    await expectProblem(await post("/upload", "{"), 400, "invalid_request");
  });
});

test.each(["/upload", "/trigger-job", "/jobs/job_1/retry", "/upload/job_1/complete"])(
  "POST %s refuses a body that is not UTF-8 instead of replacing characters",
  async (path) => {
    const body = Buffer.from('{"filename":"F\u00e4hre.parquet","size":4}', "latin1");
    const headers = { "Content-Type": "application/json" };
    const answer = await request("POST", path, { body, headers });
    expect((await expectProblem(answer, 400, "invalid_request")).detail).toContain("UTF-8");
  },
);

test("POST /upload accepts a U+FFFD that the caller sent", async () => {
  const { job } = await created({ filename: "F\ufffdhre.parquet", size: 4 });
  expect(job.filename).toBe("F\ufffdhre.parquet");
});

test("POST /upload refuses a file name with invisible or direction characters and says why", async () => {
  const given = { filename: "invoice\u202eteuqrap.exe", size: 4 };
  const answer = await post("/upload", given);
  expect((await expectProblem(answer, 400, "invalid_request")).detail).toBe(
    "filename: contains U+202E, which changes the direction of text",
  );
});

describe("POST /upload with the file as body", () => {
  const direct = (query: string, body: BodyInit | null, type = "application/octet-stream") =>
    request("POST", `/upload${query}`, { ...(body && { body }), headers: { "Content-Type": type } });

  test.each(["application/octet-stream", "application/vnd.apache.parquet"])(
    "a file of type %s is stored",
    async (type) => {
      const bytes = Buffer.alloc(4 * MiB, 7);
      const answer = await direct("?filename=a%20b%2B%C3%BC.parquet", bytes, type);
      expect(answer.status).toBe(201);
      expect(await answer.clone().json()).not.toHaveProperty("upload");
      const job = await jobOf(answer);
      expect(job).toMatchObject({ filename: "a b+ü.parquet", input: { bytes: bytes.length } });
      expect(await readInput(job)).toEqual(bytes);
    },
  );

  test("a file over 4 MiB is refused with a hint at presigned URLs", async () => {
    const answer = await direct("?filename=a.parquet", Buffer.alloc(4 * MiB + 1));
    expect((await expectProblem(answer, 413, "too_large")).detail).toMatch(/PUT/);
  });

  test("refuses other content types and names those it takes", async () => {
    const answer = await direct("?filename=a.parquet", "a", "text/csv");
    const { detail } = await expectProblem(answer, 415, "unsupported_media_type");
    for (const type of ["json", "vnd.apache.parquet", "octet-stream"])
      expect(detail).toContain(`application/${type}`);
  });

  test.each([
    ["no filename", "", "abc"],
    ["a bad filename", "?filename=a%2Fb", "abc"],
    ["an empty body", "?filename=a.parquet", null],
  ])("refuses %s", async (_, query, body) => {
    await expectProblem(await direct(query, body), 400, "invalid_request");
  });
});

describe("a multipart upload", () => {
  const parts = async (jobId: string, query = "") =>
    Parts.parse(await (await get(`/upload/${jobId}/parts${query}`)).json());

  test("a multipart upload can be resumed, and completed twice", async () => {
    const size = 64 * MiB + 1;
    const { job } = await created({ filename: "big.parquet", size });
    const bytes = Buffer.alloc(size, "unparquet");
    const send = async ({ partNumber, url }: { partNumber: number; url: string }) => {
      const body = bytes.subarray((partNumber - 1) * 16 * MiB, partNumber * 16 * MiB);
      const { headers, status } = await fetch(url, { method: "PUT", body });
      expect(status).toBe(200);
      return { partNumber, etag: headers.get("ETag") ?? "" };
    };

    const first = await parts(job.jobId, "?from=2&count=2");
    expect(first.parts.map(({ partNumber }) => partNumber)).toEqual([2, 3]);
    expect(first.uploaded).toEqual([]);
    for (const part of first.parts) await send(part);

    const rest = await parts(job.jobId);
    expect(rest.parts.map(({ partNumber }) => partNumber)).toEqual([1, 2, 3, 4, 5]);
    expect(rest.uploaded.map(({ partNumber, size }) => [partNumber, size])).toEqual([
      [2, 16 * MiB],
      [3, 16 * MiB],
    ]);
    const there = rest.uploaded.map(({ partNumber, etag }) => ({ partNumber, etag }));
    const sent = [];
    for (const part of rest.parts) {
      if (!there.some(({ partNumber }) => partNumber === part.partNumber)) sent.push(await send(part));
    }
    // In the order they came, not in that of their numbers.
    const body = { parts: [...sent, ...there] };
    const completed = await post(`/upload/${job.jobId}/complete`, body);
    expect(completed.status).toBe(200);
    expect((await readInput(job)).equals(bytes)).toBe(true);
    expect(await jobOf(await post(`/upload/${job.jobId}/complete`, body))).toMatchObject({
      jobId: job.jobId,
    });
    await expectProblem(await get(`/upload/${job.jobId}/parts`), 409, "wrong_status");
  });

  test("a missing part prevents completion and is named", async () => {
    const { job } = await created({ filename: "big.parquet", size: 64 * MiB + 1 });
    const { parts: urls } = await parts(job.jobId);
    const sent: { partNumber: number; etag: string }[] = [];
    for (const { partNumber, url } of urls) {
      if (partNumber === 3) continue;
      const body = Buffer.alloc(partNumber === 5 ? 1 : 16 * MiB);
      const { headers } = await fetch(url, { method: "PUT", body });
      sent.push({ partNumber, etag: headers.get("ETag") ?? "" });
    }
    const complete = (given: object[]) => post(`/upload/${job.jobId}/complete`, { parts: given });
    const { detail } = await expectProblem(await complete(sent), 409, "input_missing");
    expect(detail).toBe("Part 3 of 5 has not been uploaded.");
    const other = sent.with(0, { partNumber: 1, etag: '"0"' });
    expect((await expectProblem(await complete(other), 409, "input_missing")).detail).toContain(
      "Part 1 of 5",
    );
  });

  test("signs the size of each part into its URL", async () => {
    const { job } = await created({ filename: "big.parquet", size: 64 * MiB + 1 });
    const urls = (await parts(job.jobId)).parts.map(({ url }) => url);
    // Short, as S3 may refuse a long body before it has read it, and break the connection.
    for (const [index, size] of [
      [0, 5],
      [4, 2],
    ] as const) {
      const put = await fetch(urls[index] ?? "", { method: "PUT", body: Buffer.alloc(size) });
      expect(put.status).toBe(403);
    }
  });

  test("an aborted upload is answered input_missing", async () => {
    const { job, upload } = await created({ filename: "big.parquet", size: 65 * MiB });
    if (upload.strategy !== "multipart") throw new Error("Not multipart");
    const { abortMultipartUpload } = await import("@unparquet/core/storage/input");
    await abortMultipartUpload({ ...job, uploadId: upload.uploadId });
    await expectProblem(await get(`/upload/${job.jobId}/parts`), 409, "input_missing");
    const answer = await post(`/upload/${job.jobId}/complete`, { parts: [{ partNumber: 1, etag: '"0"' }] });
    await expectProblem(answer, 409, "input_missing");
  });

  test.each(["?from=0", "?from=x", "?from=10001", "?count=0", "?count=1001", "?from=1.5", "?from=1&from=2"])(
    "refuses parts%s",
    async (query) => {
      const { job } = await created({ filename: "big.parquet", size: 65 * MiB });
      await expectProblem(await get(`/upload/${job.jobId}/parts${query}`), 400, "invalid_request");
    },
  );

  test.each([
    ["none", []],
    ["one twice", [1, 1].map((partNumber) => ({ partNumber, etag: '"0"' }))],
    ["number 0", [{ partNumber: 0, etag: '"0"' }]],
    ["no etag", [{ partNumber: 1, etag: "" }]],
  ])("refuses a completion with parts that are %s", async (_, given) => {
    const { job } = await created({ filename: "big.parquet", size: 65 * MiB });
    await expectProblem(
      await post(`/upload/${job.jobId}/complete`, { parts: given }),
      400,
      "invalid_request",
    );
  });

  test("a single upload or an unknown job has no parts", async () => {
    const { job } = await created({ filename: "small.parquet", size: 4 });
    const body = { parts: [{ partNumber: 1, etag: '"0"' }] };
    await expectProblem(await get(`/upload/${job.jobId}/parts`), 409, "wrong_status");
    await expectProblem(await post(`/upload/${job.jobId}/complete`, body), 409, "wrong_status");
    await expectProblem(await get("/upload/job_nope/parts"), 404, "job_not_found");
    await expectProblem(await post("/upload/job_nope/complete", body), 404, "job_not_found");
  });

  test("a triggered job has no parts to upload", async () => {
    const job = await uploaded();
    await post("/trigger-job", { jobId: job.jobId });
    await expectProblem(await get(`/upload/${job.jobId}/parts`), 409, "wrong_status");
  });
});
