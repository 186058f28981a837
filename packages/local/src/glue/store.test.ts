import { spawn } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { GlueClient, StartJobRunCommand } from "@aws-sdk/client-glue";
import { TestGlue } from "@unparquet/testing/glue/endpoint";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { commandOf } from "../lib/processes.ts";

let glue: TestGlue;
beforeEach(async () => {
  glue = await new TestGlue({ patience: 300 }).start();
});
afterEach(() => glue.remove());

const sleeper = "import os, time\nprint(os.getpid(), flush=True)\ntime.sleep(60)\n";

async function pidOf(runId: string): Promise<number> {
  for (;;) {
    const text = await glue.log(runId, "output").catch(() => "");
    if (text.endsWith("\n")) return Number(text);
    await sleep(20);
  }
}

test("jobs and ended runs survive a restart of the Glue endpoint", async () => {
  const job = await glue.job("print('hello')");
  const id = await glue.run(job);
  const before = await glue.until(job, id, "SUCCEEDED");
  await glue.event(id);
  await glue.endpoint.stop();

  await glue.start();
  expect(await glue.get(job, id)).toEqual(before);
  expect(glue.events).toHaveLength(1);
});

test("stopping the Glue endpoint ends its runs, and the next start reports them as FAILED", async () => {
  const job = await glue.job(sleeper);
  const id = await glue.run(job);
  const pid = await pidOf(id);
  await glue.endpoint.stop();
  expect(await commandOf(pid)).toBe("");
  expect(glue.events).toEqual([]);

  await glue.start();
  expect(await glue.get(job, id)).toMatchObject({
    JobRunState: "FAILED",
    ErrorMessage: "The Glue endpoint was stopped while the run was working",
  });
  expect((await glue.event(id)).detail).toMatchObject({ state: "FAILED", jobRunId: id });
});

test("queued runs start after a restart of the Glue endpoint", async () => {
  const job = await glue.job("import time\ntime.sleep(0.2)", { JobRunQueuingEnabled: true });
  const ids = [await glue.run(job), await glue.run(job), await glue.run(job)];
  await glue.endpoint.stop();

  await glue.start();
  const states = await Promise.all(ids.map((id) => glue.until(job, id, "SUCCEEDED", "FAILED")));
  expect(states.map((run) => run.JobRunState).slice(1)).toEqual(["SUCCEEDED", "SUCCEEDED"]);
});

test("an event that could not be delivered is delivered after a restart", async () => {
  const job = await glue.job("");
  await glue.endpoint.stop();
  const deaf = new TestGlue({
    sink: async () => {
      throw new Error("no listener");
    },
  });
  deaf.folder = glue.folder;
  await deaf.start();
  const id = await deaf.run(job);
  await deaf.until(job, id, "SUCCEEDED");
  await deaf.endpoint.stop();

  await glue.start();
  expect((await glue.event(id)).detail.state).toBe("SUCCEEDED");
});

describe("an endpoint that was killed", () => {
  test("the runs of a killed Glue endpoint are ended and FAILED by the next one", async () => {
    const job = await glue.job(sleeper);
    await glue.endpoint.stop();
    // A separate process that can be killed. Its events go nowhere.
    const main = spawn(
      process.execPath,
      [path.join(import.meta.dirname, "main.ts"), "--folder", glue.folder],
      {
        stdio: ["ignore", "pipe", "inherit"],
      },
    );
    const [line] = await once(main.stdout, "data");
    const [url] = /http:\S+/.exec(String(line)) ?? [];
    const client = new GlueClient({ endpoint: `${url}` });
    const { JobRunId: id = "" } = await client.send(new StartJobRunCommand({ JobName: job }));
    const pid = await pidOf(id);
    main.kill("SIGKILL");
    await once(main, "exit");
    expect(await commandOf(pid)).toContain(id);

    await glue.start();
    while ((await commandOf(pid)) !== "") await sleep(10);
    expect(await glue.get(job, id)).toMatchObject({
      JobRunState: "FAILED",
      ErrorMessage: "The Glue endpoint ended while the run was working",
    });
    expect((await glue.event(id)).detail.state).toBe("FAILED");
  });

  test("an unfinished state file of a killed Glue endpoint is ignored", async () => {
    const job = await glue.job("");
    await glue.endpoint.stop();
    await fs.writeFile(path.join(glue.folder, "state/runs/jr_1.json.abc.tmp"), '{"run":');
    await glue.start();
    await glue.until(job, await glue.run(job), "SUCCEEDED");
  });

  test("a damaged state file is named in the error", async () => {
    await glue.endpoint.stop();
    const file = path.join(glue.folder, "state/runs/jr_1.json");
    await fs.writeFile(file, "");
    await expect(glue.start()).rejects.toThrow(`${file} is damaged`);
    await fs.rm(file);
    await glue.start();
  });
});
