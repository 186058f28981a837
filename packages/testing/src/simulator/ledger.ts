import { unmarshall } from "@aws-sdk/util-dynamodb";
import { nextStatuses, type StoredStatus } from "@unparquet/core/job/schema";
import { outputKey } from "@unparquet/core/storage/keys";
import { type Converter, outputOf } from "./converter.ts";
import type { Item } from "./dynamodb.ts";
import { buckets, limits } from "./environment.ts";
import { executionSeconds, type Glue, isOver, type SimulatedRun } from "./glue.ts";
import { beat, hasEnded, type Lambda } from "./lambda.ts";
import type { S3, StoredObject } from "./s3.ts";
import type { Deed } from "./schedule.ts";
import { currentActor, type Simulation } from "./time.ts";

// biome-ignore lint/suspicious/noExplicitAny: raw records of any product version
type Record_ = any;

/** An API response. */
export interface Answer {
  status: number;
  // biome-ignore lint/suspicious/noExplicitAny: responses of all routes
  body: any;
  location: string | null;
}

/** A job's state from a time on. */
interface State {
  time: number;
  /** Undefined if no job was visible to callers. */
  job: Record_ | undefined;
  /** Name of the actor that wrote it. */
  writer: string | undefined;
}

const underWay = ["QUEUED", "RUNNING", "CANCELLING"];
const count = (counts: Map<string, number>, name = "") => counts.set(name, (counts.get(name) ?? 0) + 1);
const endedStatuses = ["SUCCEEDED", "FAILED", "CANCELLED", "EXPIRED"];
const isEnded = (job: Record_) => endedStatuses.includes(job.status);
const ofAttempt = ["attempt", "options", "startedAt", "runningAt", "endedAt", "runId", "result", "error"];
const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);

/** What the end of an attempt counts in a unit of a lane of Glue. */
function glueUsage({ old, job }: { old: Record_; job: Record_ }, unit: string, { runs }: Glue): number {
  const reserved = old.reserved?.[unit];
  if (reserved === undefined) return 0;
  const units = unit === "dpuSeconds" ? job.capacity : job.workers;
  // Its run may have been starting.
  if (old.status === "QUEUED" && job.status === "CANCELLED") return old.startClaimedAt ? 60 * units : 0;
  if (job.error?.message === "The conversion could not be started.") return 0;
  if (job.error?.message === "The conversion's run was lost.") return reserved;
  const run = runs.find(({ runId }) => runId === job.runId);
  const seconds = run ? executionSeconds(run, run.endedAt) : 0;
  return seconds > 0 ? Math.max(60, seconds) * units : 0;
}

/** What there is at the end. */
interface End {
  items: Item[];
  s3: S3;
  converter: Converter;
  glue: Glue;
  lambda: Lambda;
}

interface Judged {
  deed: Deed;
  /** Name of the function that responded. */
  name: string;
  jobId: string;
  /** Time of the request. */
  since: number;
  answer: Answer;
  /** Whether calls of the function were to fail. */
  disturbed: boolean;
  objectOf: (key: string) => StoredObject | undefined;
}

/** Records the history of each job and reports violations of the invariants. */
export class Ledger {
  readonly violations: string[] = [];
  readonly #simulation: Simulation;
  readonly #history = new Map<string, State[]>();
  /** Status of each record. */
  readonly #stored = new Map<string, string>();
  /** Jobs whose deletion was confirmed. */
  readonly #deleted = new Set<string>();
  /** Number of attempts that each function ended, and that it measured. */
  readonly #ended = new Map<string, number>();
  /** The last record of each attempt before its end, and the first one after it. */
  readonly #ends: { time: number; old: Record_; job: Record_ }[] = [];
  readonly #measured = new Map<string, number>();
  /** When the cancellation of each attempt was confirmed, by job and number. */
  readonly #cancelled = new Map<string, number>();
  #accepted = 0;
  #created = 0;

  constructor(simulation: Simulation) {
    this.#simulation = simulation;
  }

  violation(what: string): void {
    const at = ((this.#simulation.now % 86_400_000) / 1000).toFixed(3);
    this.violations.push(`${at}: ${what}`);
  }

  /** Records a change of an item in the table. */
  watch(before: Item | undefined, after: Item | undefined): void {
    const entity = (before ?? after)?.__edb_e__;
    const kind = entity && "S" in entity ? entity.S : "";
    if (kind === "attempt" && before && after && !same(before, after)) {
      this.violation(
        `an attempt that has ended was changed: ${JSON.stringify([unmarshall(before), unmarshall(after)])}`,
      );
    }
    if (kind !== "job") return;
    const old: Record_ = before && unmarshall(before);
    const job: Record_ = after && unmarshall(after);
    const { jobId } = old ?? job;
    const states = this.#history.get(jobId) ?? [];
    this.#history.set(jobId, states);
    const visible = job && job.status !== "DELETING" ? job : undefined;
    states.push({ time: this.#simulation.now, job: visible, writer: currentActor()?.name });
    if (job) this.#stored.set(jobId, job.status);
    else this.#stored.delete(jobId);
    if (!old) this.#created += 1;
    if (old && job) this.#judgeChange(old, job);
    if (!old && job && states.length > 1) this.violation(`${jobId} came back after it was removed`);
    if (visible && this.#deleted.has(jobId))
      this.violation(`${jobId} is there after its deletion was confirmed`);
    if (job?.status === "QUEUED" && old?.status !== "QUEUED") this.#accepted += 1;
    if (old && job && underWay.includes(old.status) && isEnded(job)) {
      count(this.#ended, currentActor()?.name);
      this.#ends.push({ time: this.#simulation.now, old, job });
    }
  }

  /** Reads the metrics from a line of a function's log. */
  observe(line: string): void {
    if (!line.startsWith('{"_aws"')) return;
    const measured = JSON.parse(line);
    for (const name of ["JobSucceeded", "JobFailed", "JobCancelled"]) {
      for (const _ of [measured[name] ?? []].flat()) count(this.#measured, currentActor()?.name);
    }
  }

  /** Checks that a function has measured each attempt that it ended. */
  judgeMeasured(name: string): void {
    const [ended = 0, measured = 0] = [this.#ended.get(name), this.#measured.get(name)];
    if (ended !== measured) this.violation(`${name} ended ${ended} attempts, and measured ${measured}`);
  }

  #judgeChange(old: Record_, job: Record_): void {
    const change = `${job.jobId} ${old.status}/${old.attempt} → ${job.status}/${job.attempt}`;
    const allowed: readonly string[] = nextStatuses[old.status as StoredStatus];
    if (old.status !== job.status && !allowed.includes(job.status))
      this.violation(`${change} is no transition`);
    if (job.attempt < old.attempt || job.attempt > old.attempt + 1)
      this.violation(`${change}: attempts skip`);
    if (job.attempt !== old.attempt || !isEnded(old)) return;
    const changed = ofAttempt.filter((name) => !same(old[name], job[name]));
    if (changed.length > 0) this.violation(`${change} changed ${changed} of an attempt that has ended`);
  }

  /** Whether no job is queued, running or being cancelled. */
  isAtRest(): boolean {
    return [...this.#stored.values()].every(
      (status) => status === "PENDING_UPLOAD" || endedStatuses.includes(status),
    );
  }

  /** The job's states since a time. */
  #statesSince(jobId: string, since: number): State[] {
    const states = this.#history.get(jobId) ?? [];
    const before = states.findLast(({ time }) => time < since) ?? {
      time: 0,
      job: undefined,
      writer: undefined,
    };
    return [before, ...states.filter(({ time }) => time >= since)];
  }

  /** Checks that a response was correct at some time since the request. */
  judge({ deed, name, jobId, since, answer, disturbed, objectOf }: Judged): void {
    const { status, body } = answer;
    const wrong = (what: string) =>
      this.violation(
        `${name} of ${jobId} was answered ${status} ${JSON.stringify(body)?.slice(0, 300)}: ${what}`,
      );
    if (status === 500) wrong("nothing may fail inside");
    if (deed.kind === "upload" || deed.kind === "list") return;
    const states = this.#statesSince(jobId, since);
    const jobs = states.map(({ job }) => job);
    const mine = states.slice(1).filter(({ writer }) => writer === name);
    if (body?.job) {
      const { status: told, attempt } = body.job;
      const isTrue = jobs.some((job) => job?.status === told && job.attempt === attempt);
      if (!isTrue) wrong(`it was ${jobs.map((job) => `${job?.status}/${job?.attempt}`)}`);
    }
    const did = (...to: string[]) => mine.find(({ job }) => to.includes(job?.status ?? "DELETING"));
    const effects = {
      trigger: ["QUEUED"],
      retry: ["QUEUED"],
      cancel: ["CANCELLING", "CANCELLED"],
      delete: ["DELETING"],
      status: [],
      download: [],
      put: [],
      reconcile: [],
    }[deed.kind];
    // 503 leaves the outcome open, and so does 429 from an operation without a quota.
    const isUnknown = status === 503 || (status === 429 && deed.kind === "delete");
    if (status >= 400 && !isUnknown && did(...effects)) wrong("it did what it was asked");
    if (status === 404 && jobs.every((job) => job !== undefined)) wrong("there was such a job");
    if (deed.kind === "trigger" && status === 202 && !did("QUEUED")) wrong("it did not start anything");
    if (deed.kind === "cancel" && status === 202 && !["CANCELLING", "CANCELLED"].includes(body.job.status)) {
      wrong("it is not cancelled");
    }
    if (deed.kind === "cancel" && status === 202 && !disturbed) {
      const attempt = `${jobId}/${body.job.attempt}`;
      this.#cancelled.set(attempt, this.#cancelled.get(attempt) ?? this.#simulation.now);
    }
    if (deed.kind === "trigger" && status === 409 && body.code === "wrong_status") {
      if (jobs.every((job) => ["PENDING_UPLOAD", "QUEUED", "RUNNING"].includes(job?.status)))
        wrong("it could be triggered");
    }
    if (
      status === 429 &&
      /conversions have been started/.test(body.detail) &&
      this.#accepted < Number(/\d+/.exec(body.detail)?.[0])
    ) {
      wrong(`${this.#accepted} were started`);
    }
    if (deed.kind === "delete" && status === 204) {
      this.#deleted.add(jobId);
      if (this.#history.get(jobId)?.at(-1)?.job) wrong("it is still there");
    }
    if (deed.kind === "download" && status === 302) {
      const key = decodeURIComponent(new URL(answer.location ?? "").pathname.slice(1));
      const [, , attempt] = key.split("/");
      const isResult = (one: Record_) => one?.status === "SUCCEEDED" && one.attempt === Number(attempt);
      if (!this.#history.get(jobId)?.some(({ job }) => isResult(job)))
        wrong(`attempt ${attempt} did not succeed`);
      if (!objectOf(key) && jobs.every((job) => job !== undefined)) wrong(`there is no ${key}`);
    }
  }

  /** Checks that no orphaned run is left after the reconciler has run. */
  judgeRuns(runs: SimulatedRun[]): void {
    for (const run of runs) {
      if (isOver(run) || run.state === "STOPPING") continue;
      const { job } = this.#history.get(run.jobId)?.at(-1) ?? {};
      const isWanted = job?.attempt === run.attempt && job?.runId === run.runId && !isEnded(job);
      if (!isWanted)
        this.violation(
          `${run.runId} of ${run.jobId}/${run.attempt} works on, and the job is ${job?.status}/${job?.attempt}`,
        );
    }
  }

  /** Checks the final state, after all jobs have ended and the clean-up is complete. */
  judgeEnd({ items, s3, converter, glue, lambda }: End): void {
    const runs = [...glue.runs, ...lambda.runs];
    const all: Record_[] = items.map((item) => unmarshall(item));
    const of = (kind: string) => all.filter(({ __edb_e__ }) => __edb_e__ === kind);
    const jobs = of("job");
    const ids = new Set(jobs.map(({ jobId }) => jobId));

    for (const job of jobs) {
      const waits =
        job.status === "PENDING_UPLOAD" && s3.keys(buckets.input).some((key) => key.includes(job.jobId));
      if (!isEnded(job) && !waits) this.violation(`${job.jobId} is ${job.status} for ever`);
      const earlier = of("attempt").filter(({ jobId }) => jobId === job.jobId);
      const numbers = [...earlier.map(({ attempt }) => attempt), job.attempt];
      if (
        !same(
          numbers,
          numbers.map((_, index) => index + 1),
        )
      )
        this.violation(`${job.jobId} has attempts ${numbers}`);
      for (const attempt of [...earlier, job]) this.#judgeResult(job, attempt, s3, runs);
    }
    for (const { jobId } of of("attempt")) {
      if (!ids.has(jobId)) this.violation(`an attempt of ${jobId} is left, and no job`);
    }
    for (const bucket of Object.values(buckets)) {
      for (const key of s3.keys(bucket)) {
        if (!ids.has(key.split("/")[1] ?? "")) this.violation(`${bucket}/${key} is left, and no job`);
      }
    }
    for (const [key, writers] of converter.written) {
      if (writers.size > 1) this.violation(`${[...writers.keys()]} wrote ${key}`);
    }
    this.#judgeStops(converter, lambda);
    this.#judgeUploads(s3, converter, glue);
    for (const run of glue.runs) if (!isOver(run)) this.violation(`${run.runId} is ${run.state} for ever`);
    for (const run of lambda.runs) if (!hasEnded(run)) this.violation(`${run.runId} works for ever`);

    const days = of("day");
    const sum = (name: string) => days.reduce((total, day) => total + (day[name] ?? 0), 0);
    if (sum("conversions") !== this.#accepted) {
      this.violation(`${this.#accepted} conversions were accepted, and ${sum("conversions")} counted`);
    }
    if (sum("uploads") !== this.#created) {
      this.violation(`${this.#created} uploads were made, and ${sum("uploads")} counted`);
    }
    for (const unit of ["dpuSeconds", "sparkDpuSeconds"]) {
      const used = this.#ends.reduce((total, end) => total + glueUsage(end, unit, glue), 0);
      if (sum(unit) !== used) this.violation(`${used} ${unit} were used, and ${sum(unit)} counted`);
    }
    const most = this.#accepted * limits.outputMaxBytes;
    if (sum("outputBytes") < 0 || sum("outputBytes") > most)
      this.violation(`${sum("outputBytes")} bytes are counted`);
  }

  /** Checks that no run in Lambda wrote its output after its attempt was cancelled and before it could notice that. */
  #judgeStops(converter: Converter, lambda: Lambda): void {
    for (const { runId, jobId, attempt, args, plan } of lambda.runs) {
      const key = args["--output"]?.split("/").slice(3).join("/") ?? "";
      const wroteAt = converter.written.get(key)?.get(runId) ?? 0;
      const cancelledAt = this.#cancelled.get(`${jobId}/${attempt}`) ?? Number.POSITIVE_INFINITY;
      if (wroteAt > cancelledAt + beat + 1000 && !plan.silent)
        this.violation(`${runId} wrote ${key} ${wroteAt - cancelledAt} ms after it was cancelled`);
    }
  }

  /**
   * Checks that no multipart upload is left by a run whose end a function has seen, or that ended before its attempt did with a
   * run. S3 aborts the others a day later.
   */
  #judgeUploads(s3: S3, converter: Converter, glue: Glue): void {
    for (const [uploadId, { key }] of s3.uploads) {
      const run = glue.runs.find(({ runId }) => runId === converter.uploads.get(uploadId));
      if (!run) continue;
      const end = this.#ends.find(({ job }) => job.jobId === run.jobId && job.attempt === run.attempt);
      const endsFirst = end && end.old.status !== "QUEUED" && end.time > (run.endedAt ?? 0);
      if (run.foundEnded || endsFirst) this.violation(`${run.runId} left its upload of ${key}`);
    }
  }

  #judgeResult(
    job: Record_,
    attempt: Record_,
    s3: S3,
    runs: Pick<SimulatedRun, "jobId" | "attempt" | "args">[],
  ): void {
    if (attempt.status !== "SUCCEEDED") return;
    const key = outputKey({ ...job, ...attempt, filename: job.filename });
    const object = s3.get(buckets.output, key);
    const run = runs.find((one) => one.jobId === job.jobId && one.attempt === attempt.attempt);
    const what = `${job.jobId}, attempt ${attempt.attempt}`;
    if (!object || object.body.length !== attempt.result?.bytes) {
      this.violation(`${what} SUCCEEDED, and its output is ${object?.body ?? "missing"}`);
      return;
    }
    const [etag] = JSON.parse(object.body);
    if (run && object.body !== outputOf(etag, run.args)) this.violation(`${what}: ${key} has other content`);
    if (run?.args["--input-etag"] && etag !== run.args["--input-etag"]) {
      this.violation(`${what} was made of another version of the input than the one checked`);
    }
    if (run && String(attempt.options.limit ?? "") !== (run.args["--limit"] ?? "")) {
      this.violation(`${what} has other options than its run`);
    }
  }
}
