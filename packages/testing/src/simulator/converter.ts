import type { Fault } from "./faults.ts";
import type { S3 } from "./s3.ts";
import type { Simulation } from "./time.ts";

/** Behaviour of a conversion, in every lane. Durations in milliseconds. */
export interface ConversionPlan {
  works: number;
  /** How it ends: by itself, or by a fault at this point. */
  dies: "never" | "unclaimed" | "claimed" | "written" | "reported";
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
  /** When each run wrote each output, by key and id of the run. */
  readonly written = new Map<string, Map<string, number>>();
  readonly #simulation: Simulation;
  readonly #s3: S3;
  readonly #deliver: Deliver;

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

  /** Runs a conversion in the same steps as glue/python/unparquet: claim, read, write, report. */
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
    const fail = (error: ConversionError): Outcome => {
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
    if (plan.refuses) return fail({ code: "corrupt_file", message: "page 3" });

    for (let left = plan.works; left > 0; left -= interval) {
      if (!(await proceed(Math.min(left, interval)))) return "ended";
      const late = findStop();
      if (late) return fail(late);
      const progress = { rows: 1, totalRows: 2, outputBytes: 10, updatedAt: now() };
      if (!silent) put("progress.json", progress);
    }
    const [outputs, key] = place(args["--output"]);
    const output = outputOf(input.etag, args);
    this.#s3.put(outputs, key, output);
    this.written.set(key, (this.written.get(key) ?? new Map()).set(runId, simulation.now));
    if (plan.dies === "written") return "died";
    if (!(await proceed(10))) return "ended";
    report({
      status: "SUCCEEDED",
      rows: 1,
      bytes: output.length,
      filename: key.split("/").at(-1),
      contentType: "application/x-ndjson",
      durationMs: plan.works,
      columns: [],
      columnsOmitted: 0,
    });
    if (plan.dies === "reported") return "died";
    return (await proceed(10)) ? "succeeded" : "ended";
  }
}
