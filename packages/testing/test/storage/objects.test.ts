import { randomUUID } from "node:crypto";
import {
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from "@aws-sdk/client-s3";
import { outputBucket, s3 } from "@unparquet/core/aws";
import { removeAll } from "@unparquet/core/storage/objects";
import { beforeAll, describe, expect, test } from "vitest";

// The S3 behaviour that the product and the converter need. Runs on the embedded AWS, and on versitygw with `npm run test:peers`.

const place = (Key: string) => ({ Bucket: outputBucket(), Key });
const put = (Key: string, Body: string) => s3().send(new PutObjectCommand({ ...place(Key), Body }));
const read = async (Key: string) =>
  (await s3().send(new GetObjectCommand(place(Key)))).Body?.transformToString();
const failed = (status: number) => ({ $metadata: { httpStatusCode: status } });

describe("conditions", () => {
  test("a write with If-None-Match: * never replaces an object", async () => {
    const key = `jobs/${randomUUID()}`;
    const create = (Body: string) =>
      s3().send(new PutObjectCommand({ ...place(key), Body, IfNoneMatch: "*" }));
    await create("first");
    await expect(create("second")).rejects.toMatchObject(failed(412));
    expect(await read(key)).toBe("first");
  });

  test("only one of many concurrent writes with If-None-Match: * succeeds", async () => {
    const key = `jobs/${randomUUID()}`;
    const bodies = Array.from({ length: 8 }, (_, nth) => `writer ${nth}`);
    const outcomes = await Promise.allSettled(
      bodies.map((Body) => s3().send(new PutObjectCommand({ ...place(key), Body, IfNoneMatch: "*" }))),
    );
    const winners = outcomes.flatMap(({ status }, nth) => (status === "fulfilled" ? nth : []));
    expect(winners).toHaveLength(1);
    expect(await read(key)).toBe(bodies[winners[0] ?? -1]);
  });

  test("a read with If-Match gets that version, or 412 once it was replaced", async () => {
    const key = `jobs/${randomUUID()}`;
    const { ETag: IfMatch } = await put(key, "first");
    expect(IfMatch).toMatch(/^"\w+"$/);
    const readFirst = (Range?: string) =>
      s3().send(new GetObjectCommand({ ...place(key), IfMatch, ...(Range && { Range }) }));
    expect(await (await readFirst("bytes=1-2")).Body?.transformToString()).toBe("ir");
    const second = await put(key, "other");
    expect(second.ETag).not.toBe(IfMatch);
    await expect(readFirst()).rejects.toMatchObject(failed(412));
    await expect(readFirst("bytes=1-2")).rejects.toMatchObject(failed(412));
    await expect(s3().send(new HeadObjectCommand({ ...place(key), IfMatch }))).rejects.toMatchObject(
      failed(412),
    );
  });

  test("a conditional read of an object that is gone is 404", async () => {
    const command = new GetObjectCommand({ ...place(`jobs/${randomUUID()}`), IfMatch: '"0"' });
    await expect(s3().send(command)).rejects.toMatchObject(failed(404));
  });
});

test("an object keeps its headers", async () => {
  const key = `jobs/${randomUUID()}/a.ndjson.gz`;
  const headers = {
    ContentType: "application/gzip",
    ContentDisposition: "attachment; filename*=UTF-8''a%20b%C3%BC.ndjson.gz",
    CacheControl: "no-cache",
  };
  await s3().send(new PutObjectCommand({ ...place(key), Body: "x", ...headers }));
  expect(await s3().send(new HeadObjectCommand(place(key)))).toMatchObject({ ...headers, ContentLength: 1 });
});

describe("folders", () => {
  const root = `jobs/${randomUUID()}/`;
  const folders = ["1", "10", "2", "A", "_", "a"].map((name) => `${root}${name}/`);
  beforeAll(() =>
    Promise.all(
      folders.flatMap((folder) => ["1/x.ndjson", "2/x.ndjson"].map((name) => put(folder + name, ""))),
    ),
  );

  /** Lists all folders, each page starting after the last folder of the previous one, as the sweep does. */
  async function listed(MaxKeys: number): Promise<string[][]> {
    const pages: string[][] = [];
    for (let after: string | undefined; ; ) {
      const { CommonPrefixes = [], IsTruncated } = await s3().send(
        new ListObjectsV2Command({
          ...{ Bucket: outputBucket(), Prefix: root, Delimiter: "/", MaxKeys },
          ...(after && { StartAfter: after }),
        }),
      );
      const page = CommonPrefixes.flatMap(({ Prefix }) => Prefix ?? []);
      pages.push(page);
      const last = page.at(-1);
      if (!IsTruncated || !last) return pages;
      expect(last > (after ?? "")).toBe(true);
      after = last;
    }
  }

  test.each([2, 4, 1000])("a list of folders in pages of %i is complete and in order", async (size) => {
    const pages = await listed(size);
    for (const page of pages) expect(page.length).toBeLessThanOrEqual(size);
    // S3 does not say whether a folder is after itself: it may come twice.
    expect([...new Set(pages.flat())]).toEqual(folders);
  });

  test("listing a folder excludes folders with the same name prefix", async () => {
    const { Contents = [] } = await s3().send(
      new ListObjectsV2Command({ Bucket: outputBucket(), Prefix: `${root}1/` }),
    );
    expect(Contents.map(({ Key }) => Key)).toEqual([`${root}1/1/x.ndjson`, `${root}1/2/x.ndjson`]);
  });
});

describe("deletion", () => {
  test("a folder is removed with all that is in it, and its neighbours stay", async () => {
    const root = `jobs/${randomUUID()}/`;
    const names = ["1/plain", "1/a b+ü%41.json", "1/<&>\"'.json", "1/2/3/deep", "1/😀.json"];
    await Promise.all([...names, "10/neighbour"].map((name) => put(root + name, "x")));
    await removeAll(outputBucket(), `${root}1/`);
    const { Contents = [] } = await s3().send(
      new ListObjectsV2Command({ Bucket: outputBucket(), Prefix: root }),
    );
    expect(Contents.map(({ Key }) => Key)).toEqual([`${root}10/neighbour`]);
  });

  test("deleting a missing object is not an error", async () => {
    const key = `jobs/${randomUUID()}`;
    await put(key, "x");
    const Objects = [{ Key: key }, { Key: `${key}-gone` }];
    for (let round = 0; round < 2; round += 1) {
      const { Errors = [] } = await s3().send(
        new DeleteObjectsCommand({ Bucket: outputBucket(), Delete: { Objects, Quiet: true } }),
      );
      expect(Errors).toEqual([]);
    }
    await expect(read(key)).rejects.toMatchObject(failed(404));
  });
});
