import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import { COMPRESSIBLE_CONTENT_TYPE_REGEX } from "hono/utils/compress";
import { getMimeType } from "hono/utils/mime";

const compressors = {
  br: (bytes: Buffer) =>
    promisify(brotliCompress)(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }),
  gzip: (bytes: Buffer) => promisify(gzip)(bytes, { level: 9 }),
};
export type Encoding = keyof typeof compressors;

/** Encodings there are, the best first. */
export const encodings = ["br", "gzip"] as const satisfies Encoding[];

/** A file that is read, hashed and compressed once, when it is first asked for. */
export interface StaticFile {
  contentType: string;
  compressible: boolean;
  etag: () => Promise<string>;
  bytes: (encoding?: Encoding) => Promise<Uint8Array<ArrayBuffer>>;
}

const once = <Key, T>(make: (key: Key) => Promise<T>) => {
  const made = new Map<Key, Promise<T>>();
  return (key: Key): Promise<T> => {
    const known = made.get(key) ?? make(key);
    made.set(key, known);
    return known;
  };
};

const staticFile = (file: string): StaticFile => {
  const contentType = getMimeType(file) ?? "application/octet-stream";
  const read = once(async (encoding: Encoding | undefined): Promise<Buffer> => {
    return encoding ? compressors[encoding](await read(undefined)) : readFile(file);
  });
  const hash = once(async (_: undefined) =>
    createHash("sha256")
      .update(await read(undefined))
      .digest("base64url"),
  );
  return {
    contentType,
    compressible: COMPRESSIBLE_CONTENT_TYPE_REGEX.test(contentType),
    // Weak: the same for every encoding.
    etag: async () => `W/"${(await hash(undefined)).slice(0, 22)}"`,
    bytes: async (encoding) => new Uint8Array(await read(encoding)),
  };
};

/**
 * The files of a folder by URL path (`/assets/index.js`). Looked up and never joined, so no path leads outside of it.
 */
export const staticFiles = async (folder: string): Promise<Map<string, StaticFile>> => {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return new Map(
    entries
      .filter((entry) => entry.isFile())
      .map((entry) => path.join(entry.parentPath, entry.name))
      .map((file) => [`/${path.relative(folder, file).split(path.sep).join("/")}`, staticFile(file)]),
  );
};
