import { createHash, randomUUID } from "node:crypto";
import fs from "node:fs/promises";
import path from "node:path";
import type { ZodType } from "zod";
import { Job, StoredRun } from "./schema.ts";

async function writeAtomically(file: string, value: unknown): Promise<void> {
  const temporary = `${file}.${randomUUID()}.tmp`;
  const handle = await fs.open(temporary, "w");
  try {
    await handle.writeFile(JSON.stringify(value, null, 2));
    await handle.sync();
  } finally {
    await handle.close();
  }
  await fs.rename(temporary, file);
}

async function readAll<T>(folder: string, schema: ZodType<T>): Promise<T[]> {
  await fs.mkdir(folder, { recursive: true });
  const values: T[] = [];
  for (const name of await fs.readdir(folder)) {
    const file = path.join(folder, name);
    // A write that a crash interrupted: the file it was to replace is still whole.
    if (name.endsWith(".tmp")) {
      await fs.rm(file, { force: true });
      continue;
    }
    try {
      values.push(schema.parse(JSON.parse(await fs.readFile(file, "utf8"))));
    } catch (error) {
      throw new Error(`${file} is damaged: delete it, or ${path.dirname(folder)} to forget all Glue runs`, {
        cause: error,
      });
    }
  }
  return values;
}

/** Jobs and runs: in memory, and each a JSON file that a reader always finds whole. */
export class Store {
  readonly jobs = new Map<string, Job>();
  /** By run id, oldest first. */
  readonly runs = new Map<string, StoredRun>();
  /** The last write of each file: writes of one run must not overtake each other. */
  readonly #writes = new Map<string, Promise<void>>();
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async open(folder: string): Promise<Store> {
    const store = new Store(folder);
    for (const job of await readAll(path.join(folder, "jobs"), Job)) store.jobs.set(job.Name, job);
    const runs = await readAll(path.join(folder, "runs"), StoredRun);
    for (const stored of runs.sort((a, b) => a.run.StartedOn - b.run.StartedOn)) {
      store.runs.set(stored.run.Id, stored);
    }
    return store;
  }

  async putJob(job: Job): Promise<void> {
    this.jobs.set(job.Name, job);
    await this.#write(this.#jobFile(job.Name), job);
  }

  async putRun(stored: StoredRun): Promise<void> {
    this.runs.set(stored.run.Id, stored);
    await this.#write(path.join(this.#folder, "runs", `${stored.run.Id}.json`), stored);
  }

  async removeJob(name: string): Promise<void> {
    this.jobs.delete(name);
    await fs.rm(this.#jobFile(name), { force: true });
  }

  /** Runs of a job, newest first. */
  runsOf(jobName: string): StoredRun[] {
    return [...this.runs.values()].filter(({ run }) => run.JobName === jobName).reverse();
  }

  /** Resolves when all writes are on disk. */
  async settled(): Promise<void> {
    await Promise.all(this.#writes.values());
  }

  #jobFile(name: string): string {
    // A name has up to 255 characters of any kind, a file name not so many.
    const hash = createHash("sha256").update(name).digest("hex").slice(0, 32);
    return path.join(this.#folder, "jobs", `${hash}.json`);
  }

  async #write(file: string, value: unknown): Promise<void> {
    const before = this.#writes.get(file) ?? Promise.resolve();
    const write = before.catch(() => undefined).then(() => writeAtomically(file, value));
    this.#writes.set(file, write);
    try {
      await write;
    } finally {
      if (this.#writes.get(file) === write) this.#writes.delete(file);
    }
  }
}
