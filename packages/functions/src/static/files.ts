import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { getMimeType } from "hono/utils/mime";

/** Encodings a file may have beside it, the best first, and how the names of those files end. */
const extensions = { br: ".br", gzip: ".gz" } as const;
export type Encoding = keyof typeof extensions;
const encodings = Object.keys(extensions) as Encoding[];

/** A file that is read and hashed once, when it is first asked for. */
export interface StaticFile {
  contentType: string;
  /** What it can be sent as besides plain, the best first. */
  encodings: Encoding[];
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

const staticFile = (file: string, encodings: Encoding[]): StaticFile => {
  const read = once((encoding: Encoding | undefined) =>
    readFile(encoding ? file + extensions[encoding] : file),
  );
  const hash = once(async (_: undefined) =>
    createHash("sha256")
      .update(await read(undefined))
      .digest("base64url"),
  );
  return {
    contentType: getMimeType(file) ?? "application/octet-stream",
    encodings,
    // Weak: the same for every encoding.
    etag: async () => `W/"${(await hash(undefined)).slice(0, 22)}"`,
    bytes: async (encoding) => new Uint8Array(await read(encoding)),
  };
};

/**
 * The files of a folder by URL path (`/assets/index.js`). Looked up and never joined, so no path leads outside of it.
 * `FILE.br` and `FILE.gz` are encodings of `FILE`, not files of their own.
 */
export const staticFiles = async (folder: string): Promise<Map<string, StaticFile>> => {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = new Set(
    entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name)),
  );
  const beside = (file: string) => encodings.filter((encoding) => paths.has(file + extensions[encoding]));
  const isEncoding = (file: string) =>
    encodings.some(
      (encoding) =>
        file.endsWith(extensions[encoding]) && paths.has(file.slice(0, -extensions[encoding].length)),
    );
  return new Map(
    [...paths]
      .filter((file) => !isEncoding(file))
      .map((file) => [
        `/${path.relative(folder, file).split(path.sep).join("/")}`,
        staticFile(file, beside(file)),
      ]),
  );
};
