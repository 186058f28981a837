import { CompleteMultipartUploadCommand, ListPartsCommand, UploadPartCommand } from "@aws-sdk/client-s3";
import { inputBucket, s3 } from "@unparquet/core/aws";
import { createJobId } from "@unparquet/core/job/schema";
import {
  abortMultipartUpload,
  completeMultipartUpload,
  createMultipartUpload,
  listParts,
  presignPart,
} from "@unparquet/core/storage/input";
import { inputKey } from "@unparquet/core/storage/keys";
import { expect, test } from "vitest";
import { keysOf, readInput } from "../../src/fixtures/objects.ts";

// The multipart behaviour of S3 that the product needs. Runs on the embedded AWS, and on versitygw with `npm run test:peers`.

/** S3's minimum part size, except for the last part. */
const partMinBytes = 5 * 1024 ** 2;
const large = Buffer.alloc(partMinBytes, "large");

async function begin() {
  const input = { jobId: createJobId(), filename: "a b+ü.parquet" };
  return { ...input, uploadId: await createMultipartUpload(input) };
}
type Upload = Awaited<ReturnType<typeof begin>>;

const place = (upload: Upload) => ({
  ...{ Bucket: inputBucket(), Key: inputKey(upload), UploadId: upload.uploadId },
});

async function send(upload: Upload, partNumber: number, Body: Uint8Array | string) {
  const command = new UploadPartCommand({ ...place(upload), PartNumber: partNumber, Body });
  const { ETag: etag = "" } = await s3().send(command);
  return { partNumber, etag };
}

test("an upload in parts becomes visible once it is complete", async () => {
  const upload = await begin();
  const last = await send(upload, 2, "last");
  const first = await send(upload, 1, large);
  expect(await keysOf(upload.jobId)).toEqual([]);
  expect(await completeMultipartUpload(upload, [last, first])).toBe("completed");
  expect((await readInput(upload)).equals(Buffer.concat([large, Buffer.from("last")]))).toBe(true);
  expect(await keysOf(upload.jobId)).toHaveLength(1);
});

test("a part that is sent again replaces the one before", async () => {
  const upload = await begin();
  const before = await send(upload, 1, "before");
  const after = await send(upload, 1, "after");
  expect(await listParts(upload, 1, 1)).toMatchObject([{ partNumber: 1, size: 5, etag: after.etag }]);
  expect(await completeMultipartUpload(upload, [before])).toBe("bad_parts");
  expect(await completeMultipartUpload(upload, [after])).toBe("completed");
  expect((await readInput(upload)).toString()).toBe("after");
});

/** Completes an upload with these parts in this order: the product's own call puts them in order. */
function complete(upload: Upload, parts: { partNumber: number; etag: string }[]) {
  const Parts = parts.map(({ partNumber, etag }) => ({ PartNumber: partNumber, ETag: etag }));
  return s3().send(new CompleteMultipartUploadCommand({ ...place(upload), MultipartUpload: { Parts } }));
}

test("an upload cannot be completed with a part that is not there, and can be completed afterwards", async () => {
  const upload = await begin();
  const sent = [await send(upload, 1, large), await send(upload, 2, "last")];
  const missing = { partNumber: 3, etag: '"0"' };
  await expect(complete(upload, [...sent, missing])).rejects.toMatchObject({ name: "InvalidPart" });
  const wrong = sent.map(({ partNumber }) => ({ partNumber, etag: sent[0]?.etag ?? "" }));
  await expect(complete(upload, wrong)).rejects.toMatchObject({ name: "InvalidPart" });
  expect(await keysOf(upload.jobId)).toEqual([]);
  expect(await completeMultipartUpload(upload, sent)).toBe("completed");
});

// The embedded AWS puts the parts in order itself, and takes small ones.
const embedded = process.env.UNPARQUET_TEST_PEERS === undefined;

test.skipIf(embedded)("an upload cannot be completed with its parts out of order", async () => {
  const upload = await begin();
  const sent = [await send(upload, 1, large), await send(upload, 2, large)];
  await expect(complete(upload, sent.toReversed())).rejects.toMatchObject({ name: "InvalidPartOrder" });
  expect(await completeMultipartUpload(upload, sent.toReversed())).toBe("completed");
});

test.skipIf(embedded)("an upload cannot be completed with a small part that is not the last", async () => {
  const upload = await begin();
  const sent = [await send(upload, 1, "small"), await send(upload, 2, "last")];
  expect(await completeMultipartUpload(upload, sent)).toBe("bad_parts");
  expect(await keysOf(upload.jobId)).toEqual([]);
});

test("an aborted upload accepts no part and cannot be completed", async () => {
  const upload = await begin();
  const part = await send(upload, 1, "x");
  const url = await presignPart(upload, 2, 1);
  await abortMultipartUpload(upload);
  await abortMultipartUpload(upload);
  expect((await fetch(url, { method: "PUT", body: "x" })).status).toBe(404);
  expect(await listParts(upload, 1, 10)).toBeNull();
  expect(await completeMultipartUpload(upload, [part])).toBe("no_such_upload");
  expect(await keysOf(upload.jobId)).toEqual([]);
});

test("the parts of an upload are listed to their end, from any number on", async () => {
  const upload = await begin();
  const numbersFrom = async (from: number, count: number) =>
    (await listParts(upload, from, count))?.map(({ partNumber }) => partNumber);
  expect(await numbersFrom(1, 1000)).toEqual([]);
  for (const number of [7, 1, 4, 2]) await send(upload, number, "x");
  expect(await numbersFrom(1, 10_000)).toEqual([1, 2, 4, 7]);
  expect(await numbersFrom(2, 3)).toEqual([2, 4]);
  expect(await numbersFrom(2, 1)).toEqual([2]);
  expect(await numbersFrom(8, 100)).toEqual([]);
});

test("the pages of a list of parts are complete, and the last one says that it is the last", async () => {
  const upload = await begin();
  const numbers = [1, 2, 3, 5, 8];
  for (const number of numbers) await send(upload, number, "x");
  const pages: (number | undefined)[][] = [];
  for (let marker: string | undefined; ; ) {
    const {
      Parts = [],
      IsTruncated,
      NextPartNumberMarker,
    } = await s3().send(
      new ListPartsCommand({ ...place(upload), MaxParts: 2, ...(marker && { PartNumberMarker: marker }) }),
    );
    pages.push(Parts.map(({ PartNumber }) => PartNumber));
    if (!IsTruncated) break;
    marker = NextPartNumberMarker;
    expect(marker).toBe(String(Parts.at(-1)?.PartNumber));
  }
  expect(pages).toEqual([[1, 2], [3, 5], [8]]);
});
