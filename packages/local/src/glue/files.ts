import { execFile } from "node:child_process";
import { createHash, randomUUID } from "node:crypto";
import { createWriteStream } from "node:fs";
import fs from "node:fs/promises";
import path from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { promisify } from "node:util";
import { GetObjectCommand, HeadObjectCommand, type S3Client } from "@aws-sdk/client-s3";

const exec = promisify(execFile);

function parse(uri: string): { Bucket: string; Key: string } {
  const match = /^s3:\/\/([^/]+)\/(.+)$/.exec(uri);
  if (!match?.[1] || !match[2]) throw new Error(`${uri} is not an s3://bucket/key`);
  return { Bucket: match[1], Key: match[2] };
}

/** What a run needs from S3: its script and its libraries. Kept in a folder under each object's address and ETag. */
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
   * A library of `--extra-py-files`: a wheel is installed, an .egg or .zip is importable as it is, a .py by its folder.
   * @returns what to put on PYTHONPATH
   */
  async library(uri: string): Promise<string> {
    const name = path.basename(uri);
    const folder = await this.#cached(uri, async (made, { Bucket, Key }, etag) => {
      const file = path.join(made, name);
      await this.#download(file, Bucket, Key, etag);
      if (!name.endsWith(".whl")) return;
      const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"];
      // Glue's environment has its dependencies; this one has them from packages/local/requirements.txt.
      await exec(this.#python, [...pip, "--no-index", "--target", path.join(made, "site"), file]);
    });
    if (name.endsWith(".whl")) return path.join(folder, "site");
    return name.endsWith(".py") ? folder : path.join(folder, name);
  }

  async #download(file: string, Bucket: string, Key: string, etag: string): Promise<void> {
    const object = await this.#s3.send(new GetObjectCommand({ Bucket, Key, IfMatch: etag }));
    await pipeline(object.Body as Readable, createWriteStream(file));
  }

  /** Makes a folder for the object as it is now, unless it was made before; runs that start at once share one making. */
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
    const making = `${folder}.${randomUUID()}.tmp`;
    await fs.mkdir(making, { recursive: true });
    try {
      await fill(making);
      await fs.rename(making, folder).catch(async (error: unknown) => {
        // Another process with the same folder was faster.
        if (!(await fs.stat(folder).catch(() => undefined))) throw error;
      });
    } finally {
      await fs.rm(making, { recursive: true, force: true });
    }
    return folder;
  }
}
