import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { commandOf, type Service, startService } from "./lib/processes.ts";
import { type Part, type Supervised, supervise } from "./supervise.ts";

let folder: string;
let part: Part;
let started: Service[];
let supervised: Supervised | undefined;
let said: string[];

const file = (name: string): string => path.join(folder, name);

/** A program that writes its version to a file. */
const works = (version: number): string =>
  `require("node:fs").writeFileSync(${JSON.stringify(file("answer"))}, "${version}"); setInterval(() => undefined, 1000);`;

async function until(look: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await look())) await sleep(20);
}

const answer = () => fs.readFile(file("answer"), "utf8").catch(() => "");

beforeEach(async () => {
  folder = await fs.realpath(await fs.mkdtemp(path.join(os.tmpdir(), "supervise-")));
  await fs.mkdir(file("src"));
  await fs.writeFile(file("src/program.cjs"), works(1));
  started = [];
  said = [];
  vi.spyOn(console, "error").mockImplementation((line) => said.push(String(line)));
  part = {
    spawn: async () => {
      await fs.rm(file("answer"), { force: true });
      const args = [file("src/program.cjs")];
      const service = await startService({
        name: "It",
        command: process.execPath,
        args,
        cwd: folder,
        env: {},
      });
      started.push(service);
      return service;
    },
    ready: async (service) => {
      let how = "";
      void service.ended.then((end) => {
        how = end;
      });
      await until(async () => how !== "" || (await answer()) !== "");
      if (how !== "") throw new Error(`It ended: ${how}`);
    },
    sources: [file("src")],
  };
});

afterEach(async () => {
  await supervised?.stop();
  supervised = undefined;
  vi.restoreAllMocks();
  for (const { pid } of started) expect(await commandOf(pid)).not.toContain(folder);
  await fs.rm(folder, { recursive: true });
});

test("a service whose first startup fails is not restarted", async () => {
  await fs.writeFile(file("src/program.cjs"), "process.exit(3)");
  await expect(supervise(part)).rejects.toThrow("It ended: exit code 3");
});

test("a service that exits is restarted", async () => {
  supervised = await supervise(part);
  for (let times = 1; times <= 3; times++) {
    process.kill(started.at(-1)?.pid ?? Number.NaN, "SIGKILL");
    await until(() => started.length === times + 1);
    await until(async () => (await answer()) === "1");
  }
  expect(said).toEqual(Array(3).fill("It exited (SIGKILL): restarting it"));
});

test("a service that keeps failing at startup is given up, with its last output", async () => {
  supervised = await supervise({ ...part, sources: [] });
  await fs.writeFile(file("src/program.cjs"), 'console.error("no room"); process.exit(3)');
  process.kill(started[0]?.pid ?? Number.NaN, "SIGKILL");
  await expect(supervised.broken).rejects.toThrow("It keeps failing at startup (exit code 3):\nno room");
  expect(started).toHaveLength(5);
});

test("a service is restarted after an edit of its source code", async () => {
  supervised = await supervise(part);
  await fs.writeFile(file("src/program.cjs"), works(2));
  await until(async () => (await answer()) === "2");
  expect(said).toEqual([]);
});

test("a service that an edit broke is restarted after the next edit", async () => {
  supervised = await supervise(part);
  await fs.writeFile(file("src/program.cjs"), "this is no program");
  await until(() => said.length > 0);
  expect(said).toEqual(["It failed to start (exit code 1): waiting for the next edit"]);
  await fs.writeFile(file("src/program.cjs"), works(3));
  await until(async () => (await answer()) === "3");
});

test("a service that is stopped before its restart is not restarted", async () => {
  supervised = await supervise(part);
  process.kill(started[0]?.pid ?? Number.NaN, "SIGKILL");
  await until(() => said.length > 0);
  await supervised.stop();
  expect(started).toHaveLength(1);
});
