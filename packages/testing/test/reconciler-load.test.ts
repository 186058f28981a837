import { reconcile } from "@unparquet/core/job/reconcile";
import { findRecord, type JobRecord, jobs as table } from "@unparquet/core/job/record";
import { createJobId } from "@unparquet/core/job/schema";
import { timeIn } from "@unparquet/core/job/transitions";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type FaultyNetwork, interposeFaultyNetwork } from "../src/chaos/faulty-network.ts";
import { jobs, removeAllRecords } from "../src/fixtures/records.ts";
import { type ScriptedGlue, startScriptedGlue } from "../src/glue/scripted-glue.ts";

// The reconciler's AWS calls are bounded by the jobs that are due, not by the size of the table.

let network: Omit<FaultyNetwork, "url">;
let glue: ScriptedGlue;
beforeAll(async () => {
  network = await interposeFaultyNetwork();
  glue = await startScriptedGlue();
});
beforeEach(async () => {
  network.rule = () => "pass";
  await removeAllRecords();
  // The sweeps of orphaned runs and objects have just run.
  await reconcile();
});
afterAll(async () => {
  await Promise.all([network.stop(), glue.close()]);
});

/** Writes copies of a job into the table as they are. */
async function copies(job: JobRecord, count: number, change: Partial<JobRecord>): Promise<JobRecord[]> {
  const records = Array.from({ length: count }, () => ({ ...job, ...change, jobId: createJobId() }));
  await table().put(records).go({ concurrent: 8 });
  return records;
}

test("a thousand untriggered uploads cause no calls of the reconciler until they are due", async () => {
  await copies(await jobs.pending(), 1000, {});
  const running = await jobs.running("jr_ended");
  glue.runs = [
    {
      runId: "jr_ended",
      jobId: running.jobId,
      attempt: 1,
      state: "STOPPED",
      message: "",
      startedAt: new Date(),
    },
  ];
  await table()
    .patch({ jobId: running.jobId })
    .set({ dueAt: timeIn(-1000) })
    .go();
  let calls = 0;
  network.rule = () => {
    calls += 1;
    return "pass";
  };
  const { ended } = await reconcile();
  expect(ended.map(({ job }) => job.jobId)).toEqual([running.jobId]);
  expect(calls).toBeLessThan(10);
});

test("jobs that cannot be advanced are skipped for some minutes and delay no other job", async () => {
  const broken = await copies(await jobs.running("jr_broken"), 120, { dueAt: timeIn(-60_000) });
  const waiting = await jobs.queued();
  await table()
    .patch({ jobId: waiting.jobId })
    .set({ dueAt: timeIn(-1000) })
    .remove(["startClaimedAt"])
    .go();
  glue.runs = [];
  // Records of another version of the product, which this one cannot read: a run without an id.
  for (const { jobId } of broken) await table().patch({ jobId }).remove(["runId"]).go();
  const { started, errors } = await reconcile();
  expect(started.map(({ jobId }) => jobId)).toEqual([waiting.jobId]);
  expect(errors).toHaveLength(120);
  const [{ jobId } = { jobId: "" }] = broken;
  expect(await findRecord(jobId)).toMatchObject({ failures: 1, status: "RUNNING" });
  expect((await reconcile()).errors).toEqual([]);
});
