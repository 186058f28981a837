import { createHash } from "node:crypto";

/** An in-memory S3 with the operations that the product uses: https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations.html */

export interface StoredObject {
  /** A character per byte. */
  body: string;
  etag: string;
  /** Milliseconds since the epoch. */
  modified: number;
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html */
interface MultipartUpload {
  bucket: string;
  key: string;
  parts: Map<number, string>;
}

export interface S3Response {
  status: number;
  headers: Record<string, string>;
  body: string;
}

const error = (status: number, code: string): S3Response => ({
  status,
  headers: { "content-type": "application/xml" },
  body: `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>${code}</Message></Error>`,
});

const xml = (content: string): S3Response => ({
  status: 200,
  headers: { "content-type": "application/xml" },
  body: `<?xml version="1.0" encoding="UTF-8"?>${content}`,
});

export class S3 {
  readonly #objects = new Map<string, StoredObject>();
  /** Multipart uploads in progress, by id. */
  readonly uploads = new Map<string, MultipartUpload>();
  #uploadsCreated = 0;
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  get(bucket: string, key: string): StoredObject | undefined {
    return this.#objects.get(`${bucket}/${key}`);
  }

  /** @returns false if `ifAbsent` is set and the object exists */
  put(bucket: string, key: string, body: string, { ifAbsent = false } = {}): boolean {
    const name = `${bucket}/${key}`;
    if (ifAbsent && this.#objects.has(name)) return false;
    const etag = `"${createHash("md5").update(body, "latin1").digest("hex")}"`;
    this.#objects.set(name, { body, etag, modified: this.#now() });
    return true;
  }

  createUpload(bucket: string, key: string): string {
    this.#uploadsCreated += 1;
    const uploadId = `upload_${this.#uploadsCreated}`;
    this.uploads.set(uploadId, { bucket, key, parts: new Map() });
    return uploadId;
  }

  /** Adds or replaces a part, unless the upload is completed or aborted: S3 then answers `NoSuchUpload`. */
  uploadPart(uploadId: string, partNumber: number, body: string): void {
    this.uploads.get(uploadId)?.parts.set(partNumber, body);
  }

  /** Makes an object of the parts 1 to `partCount`. @returns false if the upload or a part does not exist */
  completeUpload(uploadId: string, partCount: number): boolean {
    const upload = this.uploads.get(uploadId);
    const parts = Array.from({ length: partCount }, (_, index) => upload?.parts.get(index + 1));
    if (!upload || parts.includes(undefined)) return false;
    this.put(upload.bucket, upload.key, parts.join(""));
    return this.abortUpload(uploadId);
  }

  /** @returns false if there is no such upload */
  abortUpload(uploadId: string): boolean {
    return this.uploads.delete(uploadId);
  }

  /** The sorted keys of a bucket. */
  keys(bucket: string): string[] {
    const prefix = `${bucket}/`;
    return [...this.#objects.keys()]
      .flatMap((name) => (name.startsWith(prefix) ? [name.slice(prefix.length)] : []))
      .sort();
  }

  handle(
    method: string,
    bucket: string,
    key: string,
    query: Record<string, string | undefined>,
    headers: Record<string, string>,
    body: string,
  ): S3Response {
    if (method === "POST" && "delete" in query) return this.#delete(bucket, body);
    if (method === "GET" && "uploads" in query) return this.#listUploads(bucket, query.prefix);
    if (method === "DELETE" && query.uploadId !== undefined) {
      const aborted = this.abortUpload(query.uploadId);
      return aborted ? { status: 204, headers: {}, body: "" } : error(404, "NoSuchUpload");
    }
    if (method === "GET" && query["list-type"] === "2") return this.#list(bucket, query);
    if (method === "PUT") {
      const stored = this.put(bucket, key, body, { ifAbsent: headers["if-none-match"] === "*" });
      return stored
        ? { status: 200, headers: { etag: this.get(bucket, key)?.etag ?? "" }, body: "" }
        : error(412, "PreconditionFailed");
    }
    const object = this.get(bucket, key);
    if (!object) return error(404, method === "HEAD" ? "NotFound" : "NoSuchKey");
    const { etag } = object;
    if (method === "HEAD") {
      return { status: 200, headers: { etag, "content-length": String(object.body.length) }, body: "" };
    }
    if (method !== "GET") throw new Error(`The simulated S3 has no ${method} ${key}`);
    return this.#range(object, headers.range);
  }

  #range({ body, etag }: StoredObject, range: string | undefined): S3Response {
    const [, first = "", last = ""] = /^bytes=(\d*)-(\d*)$/.exec(range ?? "") ?? [];
    const start =
      range === undefined ? 0 : first === "" ? Math.max(0, body.length - Number(last)) : Number(first);
    const end = first !== "" && last !== "" ? Math.min(Number(last) + 1, body.length) : body.length;
    if (range !== undefined && start >= body.length) return error(416, "InvalidRange");
    const part = body.slice(start, end);
    const headers: Record<string, string> = { etag, "content-length": String(part.length) };
    if (range !== undefined) headers["content-range"] = `bytes ${start}-${end - 1}/${body.length}`;
    return { status: range === undefined ? 200 : 206, headers, body: part };
  }

  #delete(bucket: string, body: string): S3Response {
    for (const [, key = ""] of body.matchAll(/<Key>([^<]*)<\/Key>/g))
      this.#objects.delete(`${bucket}/${key}`);
    return xml("<DeleteResult></DeleteResult>");
  }

  #listUploads(bucket: string, prefix = ""): S3Response {
    const uploads = [...this.uploads].flatMap(([uploadId, upload]) =>
      upload.bucket === bucket && upload.key.startsWith(prefix)
        ? `<Upload><Key>${upload.key}</Key><UploadId>${uploadId}</UploadId></Upload>`
        : [],
    );
    return xml(`<ListMultipartUploadsResult>${uploads.join("")}</ListMultipartUploadsResult>`);
  }

  #list(bucket: string, query: Record<string, string | undefined>): S3Response {
    const { prefix = "", delimiter } = query;
    const start = query["continuation-token"] ?? query["start-after"] ?? "";
    const most = Number(query["max-keys"] ?? 1000);
    const entries: { key: string; folder: boolean }[] = [];
    for (const key of this.keys(bucket)) {
      if (!key.startsWith(prefix)) continue;
      const cut = delimiter ? key.indexOf(delimiter, prefix.length) : -1;
      const entry = cut < 0 ? { key, folder: false } : { key: key.slice(0, cut + 1), folder: true };
      if (entry.key <= start || entries.at(-1)?.key === entry.key) continue;
      entries.push(entry);
    }
    const page = entries.slice(0, most);
    const truncated = entries.length > page.length;
    const contents = page.map(({ key, folder }) => {
      if (folder) return `<CommonPrefixes><Prefix>${key}</Prefix></CommonPrefixes>`;
      const modified = new Date(this.get(bucket, key)?.modified ?? 0).toISOString();
      return `<Contents><Key>${key}</Key><LastModified>${modified}</LastModified></Contents>`;
    });
    const next = truncated ? `<NextContinuationToken>${page.at(-1)?.key}</NextContinuationToken>` : "";
    return xml(
      `<ListBucketResult><IsTruncated>${truncated}</IsTruncated>${next}${contents.join("")}</ListBucketResult>`,
    );
  }
}
