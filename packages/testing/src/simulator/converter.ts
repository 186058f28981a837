import type { Fault } from "./faults.ts";
import type { S3 } from "./s3.ts";
import type { Simulation } from "./time.ts";

/** Behaviour of a conversion, in every lane. Durations in milliseconds. */
export interface ConversionPlan {
  works: number;
  /** How it ends: by itself, or by a fault at this point. */
  dies: "never" | "unclaimed" | "claimed" | "working" | "converted" | "written" | "reported";
  /**
   * For each part of a multipart upload, when tasks upload it, in percent of `works`: twice if a task is repeated. Empty if the
   * output is a single PutObject.
   */
  parts: number[][];
  /** Whether the conversion fails because the file is invalid. */
  refuses: boolean;
  /** Delays of S3's event of the new manifest, one per delivery. Empty if the event is lost. */
  manifestEvents: number[];
  /** Faults in the calls of the function that handles the run's events. */
  eventFaults: [number, Fault][];
}

/** Sends an event to the function that ends jobs, once per delay. */
export type Deliver = (name: string, event: object, delays: number[], faults: [number, Fault][]) => void;

interface ConversionError {
  code: string;
  message: string;
}

interface Conversion {
  runId: string;
  args: Record<string, string>;
  plan: ConversionPlan;
  /** Whether the run has been ended from outside. */
  isOver: () => boolean;
  /** Time between two reports of progress. */
  interval: number;
  /** Looks for a reason to stop, first and before each report of progress. */
  findStop: () => ConversionError | undefined;
  /** Whether its reports of progress get lost. */
  silent: boolean;
}

/** `unclaimed`: another run has claimed the attempt. `ended`: from outside. */
export type Outcome = "succeeded" | "failed" | "died" | "unclaimed" | "ended";

/** `s3://bucket/key` */
const place = (uri = ""): [bucket: string, key: string] => {
  const [, bucket = "", key = ""] = /^s3:\/\/([^/]+)\/(.+)$/.exec(uri) ?? [];
  return [bucket, key];
};

/** Output of a conversion, unique for the input's version, the options and the attempt. */
export const outputOf = (etag: string, args: Record<string, string>): string =>
  JSON.stringify([etag, args["--attempt"], args["--format"], args["--limit"] ?? null]);

/** What the lanes run, and what it wrote. */
export class Converter {
  /** The run that created each multipart upload, by the upload's id. */
  readonly uploads = new Map<string, string>();
  /** When each run wrote each output, by key and id of the run. */
  readonly written = new Map<string, Map<string, number>>();
  readonly #simulation: Simulation;
  readonly #s3: S3;
  readonly #deliver: Deliver;
  /** How each run that has not begun to publish its output cleans up after SIGTERM. */
  readonly #cleanUps = new Map<string, () => void>();

  constructor(simulation: Simulation, s3: S3, deliver: Deliver) {
    this.#simulation = simulation;
    this.#s3 = s3;
    this.#deliver = deliver;
  }

  /** Whether there is a request to stop the run with these arguments. */
  isStopRequested(args: Record<string, string>): boolean {
    const [bucket, reports] = place(args["--reports"]);
    return this.#s3.get(bucket, `${reports}/stop.json`) !== undefined;
  }

  /** Lets a run abort its upload and report that it was stopped. @returns false if it ignores the signal */
  cleanUp(runId: string): boolean {
    const cleanUp = this.#cleanUps.get(runId);
    cleanUp?.();
    return cleanUp !== undefined;
  }

  /** Runs a conversion in the same steps as glue/python/unparquet: claim, read, upload, report. */
  async convert({ runId, args, plan, isOver, interval, findStop, silent }: Conversion): Promise<Outcome> {
    const simulation = this.#simulation;
    const [bucket, reports] = place(args["--reports"]);
    const now = () => new Date(simulation.now).toISOString();
    const put = (name: string, report: object, claim = {}) =>
      this.#s3.put(bucket, `${reports}/${name}`, JSON.stringify(report), claim);
    const proceed = async (milliseconds: number) => {
      await simulation.sleep(milliseconds);
      return !isOver();
    };
    const report = (manifest: object) => {
      put("manifest.json", manifest);
      const event = { Records: [{ s3: { object: { key: `${reports}/manifest.json` } } }] };
      this.#deliver(`manifest of ${runId}`, event, plan.manifestEvents, plan.eventFaults);
    };
    let uploadId: string | undefined;
    const fail = (error: ConversionError): Outcome => {
      this.#cleanUps.delete(runId);
      if (uploadId !== undefined) this.#s3.abortUpload(uploadId);
      report({ status: "FAILED", error });
      return "failed";
    };

    if (plan.dies === "unclaimed") return "died";
    if (!put("run.json", { id: runId, startedAt: now() }, { ifAbsent: true })) return "unclaimed";
    if (plan.dies === "claimed") return "died";
    if (!(await proceed(20))) return "ended";
    const early = findStop();
    if (early) return fail(early);
    const input = this.#s3.get(...place(args["--input"]));
    const isChecked = args["--input-etag"] === undefined || input?.etag === args["--input-etag"];
    if (!input || !isChecked) {
      return fail({ code: "input_missing", message: "The file was replaced after it was checked." });
    }
    const [outputs, key] = place(args["--output"]);
    const output = outputOf(input.etag, args);
    if (plan.parts.length > 0) uploadId = this.#upload(runId, outputs, key, output, plan);
    this.#cleanUps.set(runId, () => fail({ code: "stopped", message: "The run was stopped." }));
    if (plan.refuses) return fail({ code: "corrupt_file", message: "page 3" });

    for (let left = plan.works; left > 0; left -= interval) {
      if (!(await proceed(Math.min(left, interval)))) return "ended";
      if (plan.dies === "working") return "died";
      const late = findStop();
      if (late) return fail(late);
      const progress = { rows: 1, totalRows: 2, outputBytes: 10, updatedAt: now() };
      if (!silent) put("progress.json", progress);
    }
    if (plan.dies === "working" || plan.dies === "converted") return "died";
    this.#cleanUps.delete(runId);
    if (uploadId === undefined) this.#s3.put(outputs, key, output);
    else if (!this.#s3.completeUpload(uploadId, plan.parts.length)) {
      return fail({ code: "internal", message: "writing the output failed" });
    }
    this.written.set(key, (this.written.get(key) ?? new Map()).set(runId, simulation.now));
    if (plan.dies === "written") return "died";
    if (!(await proceed(10))) return "ended";
    put("index.json", {});
    report({
      status: "SUCCEEDED",
      rows: 1,
      bytes: output.length,
      filename: key.split("/").at(-1),
      contentType: "application/x-ndjson",
      durationMs: plan.works,
      columns: [],
      columnsOmitted: 0,
      indexed: true,
    });
    if (plan.dies === "reported") return "died";
    return (await proceed(10)) ? "succeeded" : "ended";
  }

  /** Creates a multipart upload, whose parts arrive later, even if the run has ended by then. @returns its id */
  #upload(runId: string, bucket: string, key: string, output: string, plan: ConversionPlan): string {
    const uploadId = this.#s3.createUpload(bucket, key);
    this.uploads.set(uploadId, runId);
    const length = Math.ceil(output.length / plan.parts.length);
    plan.parts.forEach((arrivals, index) => {
      const body = output.slice(index * length, (index + 1) * length);
      for (const percent of arrivals) {
        this.#simulation.after((plan.works * percent) / 100, () =>
          this.#s3.uploadPart(uploadId, index + 1, body),
        );
      }
    });
    return uploadId;
  }
}
