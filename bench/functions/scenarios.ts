import { glueJobName } from "@unparquet/core/lanes/shell";
import { event as http } from "@unparquet/testing/api/gateway";
import { putInput, putOutput, threeRows } from "@unparquet/testing/fixtures/objects";
import { jobs, removeAllRecords, result } from "@unparquet/testing/fixtures/records";
import type { ScriptedGlue } from "@unparquet/testing/glue/scripted-glue";

/** A request to a function, and the data it needs. */
export interface Scenario {
  /** The file name of the function's handler. */
  name: string;
  /** Describes the request in the report. */
  asked: string;
  /** Whether calls are slow, so that a few suffice. */
  heavy?: boolean;
  /** Called once, before the first event. */
  prepare?: () => Promise<unknown>;
  event: () => Promise<unknown>;
}

const json = (method: string, rawPath: string, body: unknown) =>
  http(method, rawPath, { headers: { "content-type": "application/json" }, body: JSON.stringify(body) });

const MiB = 2 ** 20;

const each = async (count: number, make: () => Promise<unknown>) => {
  for (let i = 0; i < count; i += 1) await make();
};

/** @param entry URL path of the dashboard's largest script */
export function scenarios(glue: ScriptedGlue, entry: string): Scenario[] {
  const started = { state: "RUNNING", message: "", startedAt: new Date() };
  let runs = 0;
  const running = async () => {
    runs += 1;
    const job = await jobs.running(`jr_${runs}`);
    glue.runs.unshift({ runId: `jr_${runs}`, jobId: job.jobId, attempt: 1, ...started });
    return { job, runId: `jr_${runs}` };
  };
  const ended = async () => {
    const { job, runId } = await running();
    const { columnsOmitted: _, ...manifest } = result;
    await putOutput(`jobs/${job.jobId}/1/manifest.json`, { status: "SUCCEEDED", ...manifest });
    return { jobName: glueJobName(), jobRunId: runId, state: "SUCCEEDED", message: "" };
  };
  return [
    {
      name: "upload",
      asked: "a job and a presigned URL",
      event: async () => json("POST", "/upload", { filename: "trips.parquet", size: MiB }),
    },
    {
      name: "upload",
      asked: "to store a file of 4 MiB",
      heavy: true,
      event: async () =>
        http("POST", "/upload", {
          rawQueryString: "filename=trips.parquet",
          headers: { "content-type": "application/octet-stream" },
          body: Buffer.alloc(4 * MiB, 7).toString("base64"),
          isBase64Encoded: true,
        }),
    },
    {
      name: "trigger",
      asked: "to start a job",
      event: async () => {
        const job = await jobs.pending();
        await putInput(job, threeRows);
        return json("POST", "/trigger-job", { jobId: job.jobId });
      },
    },
    {
      name: "convert",
      asked: "to refuse a column that the file does not have",
      event: async () =>
        http("POST", "/convert", {
          rawQueryString: "filename=trips.parquet&columns=missing",
          headers: { "content-type": "application/octet-stream" },
          body: Buffer.from(threeRows).toString("base64"),
          isBase64Encoded: true,
        }),
    },
    {
      name: "status",
      asked: "a running job",
      event: async () => {
        const { job } = await running();
        await putOutput(`jobs/${job.jobId}/1/progress.json`, { rows: 1, totalRows: 3, outputBytes: 14 });
        return http("GET", `/job-status/${job.jobId}`);
      },
    },
    {
      name: "download",
      asked: "where a result is",
      event: async () => http("GET", `/download/${(await jobs.succeeded()).jobId}`),
    },
    {
      name: "jobs",
      asked: "a page of 100 jobs",
      prepare: () => each(100, jobs.failed),
      event: async () => http("GET", "/jobs", { rawQueryString: "limit=100" }),
    },
    {
      name: "jobs",
      asked: "to delete a job with 12 objects",
      heavy: true,
      event: async () => {
        const job = await jobs.failed();
        await putInput(job, threeRows);
        for (let i = 0; i < 11; i += 1) await putOutput(`jobs/${job.jobId}/${i}/trips.ndjson`, "{}\n");
        return http("DELETE", `/jobs/${job.jobId}`);
      },
    },
    {
      name: "dashboard",
      asked: "its largest script",
      event: async () => http("GET", entry, { headers: { "accept-encoding": "gzip, deflate, br" } }),
    },
    {
      name: "run-ended",
      asked: "to end a job",
      event: async () => ({ "detail-type": "Glue Job State Change", detail: await ended() }),
    },
    {
      name: "reconcile",
      asked: "a round of 40 running jobs",
      heavy: true,
      prepare: async () => {
        await removeAllRecords();
        glue.runs.length = 0;
        await each(40, running);
      },
      event: async () => ({}),
    },
  ];
}
