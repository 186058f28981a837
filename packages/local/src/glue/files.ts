import { createHash, randomUUID } from "node:crypto";
import { createWriteStream } from "node:fs";
import fs from "node:fs/promises";
import path from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { GetObjectCommand, HeadObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { execa } from "execa";

function parse(uri: string): { Bucket: string; Key: string } {
  const match = /^s3:\/\/([^/]+)\/(.+)$/.exec(uri);
  if (!match?.[1] || !match[2]) throw new Error(`${uri} is not an s3://bucket/key`);
  return { Bucket: match[1], Key: match[2] };
}

/** Downloads scripts and libraries from S3, and caches them by URI and ETag. */
export class Files {
  readonly #s3: S3Client;
  readonly #folder: string;
  readonly #python: string;
  readonly #pending = new Map<string, Promise<string>>();

  constructor(s3: S3Client, folder: string, python: string) {
    this.#s3 = s3;
    this.#folder = folder;
    this.#python = python;
  }

  /** @returns path of the downloaded script */
  async script(uri: string): Promise<string> {
    const folder = await this.#cached(uri, async (made, { Bucket, Key }, etag) => {
      await this.#download(path.join(made, path.basename(Key)), Bucket, Key, etag);
    });
    return path.join(folder, path.basename(uri));
  }

  /**
   * Downloads a library of `--extra-py-files`, and installs it if it is a wheel.
   * @returns the entry for PYTHONPATH
   */
  async library(uri: string): Promise<string> {
    const name = path.basename(uri);
    const folder = await this.#cached(uri, async (made, { Bucket, Key }, etag) => {
      const file = path.join(made, name);
      await this.#download(file, Bucket, Key, etag);
      if (!name.endsWith(".whl")) return;
      const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"];
      // No dependencies: packages/local/requirements.txt has the ones that Glue provides.
      await execa(this.#python, [...pip, "--no-index", "--target", path.join(made, "site"), file]);
    });
    if (name.endsWith(".whl")) return path.join(folder, "site");
    return name.endsWith(".py") ? folder : path.join(folder, name);
  }

  async #download(file: string, Bucket: string, Key: string, etag: string): Promise<void> {
    const object = await this.#s3.send(new GetObjectCommand({ Bucket, Key, IfMatch: etag }));
    await pipeline(object.Body as Readable, createWriteStream(file));
  }

  /** Fills a folder once per version of an object. Concurrent runs share the same work. */
  async #cached(
    uri: string,
    make: (folder: string, object: { Bucket: string; Key: string }, etag: string) => Promise<void>,
  ): Promise<string> {
    const object = parse(uri);
    const head = await this.#s3.send(new HeadObjectCommand(object)).catch((error: unknown) => {
      throw new Error(`${uri} cannot be read`, { cause: error });
    });
    const etag = head.ETag ?? "";
    const name = createHash("sha256").update(`${uri}\n${etag}`).digest("hex").slice(0, 32);
    const folder = path.join(this.#folder, name);
    const pending = this.#pending.get(name) ?? this.#make(folder, (made) => make(made, object, etag));
    this.#pending.set(name, pending);
    try {
      return await pending;
    } finally {
      this.#pending.delete(name);
    }
  }

  async #make(folder: string, fill: (folder: string) => Promise<void>): Promise<string> {
    if (await fs.stat(folder).catch(() => undefined)) return folder;
    const unfinished = `${folder}.${randomUUID()}.tmp`;
    await fs.mkdir(unfinished, { recursive: true });
    try {
      await fill(unfinished);
      await fs.rename(unfinished, folder).catch(async (error: unknown) => {
        // Another process that shares the folder was faster.
        if (!(await fs.stat(folder).catch(() => undefined))) throw error;
      });
    } finally {
      await fs.rm(unfinished, { recursive: true, force: true });
    }
    return folder;
  }
}
