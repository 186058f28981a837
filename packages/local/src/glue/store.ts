import { createHash } from "node:crypto";
import fs from "node:fs/promises";
import path from "node:path";
import { writeFile } from "atomically";
import type { ZodType } from "zod";
import { Job, StoredRun } from "./schema.ts";

async function readAll<T>(folder: string, schema: ZodType<T>): Promise<T[]> {
  await fs.mkdir(folder, { recursive: true });
  const values: T[] = [];
  for (const name of await fs.readdir(folder)) {
    const file = path.join(folder, name);
    // Left by a crash during a write. The file it was meant to replace is still complete.
    if (!name.endsWith(".json")) {
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

/** Jobs and runs, in memory and as one JSON file each. */
export class Store {
  readonly jobs = new Map<string, Job>();
  /** By run id, oldest first. */
  readonly runs = new Map<string, StoredRun>();
  readonly #writes = new Set<Promise<void>>();
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
    await Promise.allSettled(this.#writes);
  }

  #jobFile(name: string): string {
    // Job names can be longer than file names and contain any character.
    const hash = createHash("sha256").update(name).digest("hex").slice(0, 32);
    return path.join(this.#folder, "jobs", `${hash}.json`);
  }

  async #write(file: string, value: unknown): Promise<void> {
    // atomically carries out the writes of one file in the order of the calls.
    const write = writeFile(file, JSON.stringify(value, null, 2));
    this.#writes.add(write);
    try {
      await write;
    } finally {
      this.#writes.delete(write);
    }
  }
}
