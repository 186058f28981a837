import fs from "node:fs/promises";
import path from "node:path";
import PQueue from "p-queue";
import { deliver, type Sink, stateChange } from "./events.ts";
import type { Files } from "./files.ts";
import { killLeftover, runScript, type ScriptProcess } from "./process.ts";
import { EndState, type Job, type JobRun, type StoredRun } from "./schema.ts";
import { type SparkOptions, sparkEnvironment } from "./spark.ts";
import type { Store } from "./store.ts";

export interface RunnerOptions {
  /** Logs and temporary files of the runs. */
  folder: string;
  /** Python of Python Shell jobs. */
  python: string;
  spark: SparkOptions;
  /** Environment of a script, without PYTHONPATH, TMPDIR and HOME. */
  env: (job: Job) => Promise<NodeJS.ProcessEnv>;
  sink: Sink;
  /** Scripts that run at once. Further runs stay STARTING, as if Glue was still looking for capacity. */
  parallel: number;
  /** Milliseconds per minute of a run's timeout; tests shorten it. */
  minute: number;
  /** Milliseconds between SIGTERM and SIGKILL. */
  patience: number;
}

export function seconds(): number {
  return Date.now() / 1000;
}

// A function, because the compiler would assume that the state does not change between two checks.
function isStopping(run: JobRun): boolean {
  return run.JobRunState === "STOPPING";
}

function isEnded(run: JobRun): boolean {
  return EndState.safeParse(run.JobRunState).success;
}

/**
 * URIs of a run's libraries.
 * @throws if Glue would download some of them from a package index
 */
function librariesOf({ Command }: Job, args: Record<string, string>): string[] {
  const list = (name: string): string[] =>
    (args[name] ?? "")
      .split(",")
      .map((item) => item.trim())
      .filter(Boolean);
  const modules = list("--additional-python-modules");
  if (Command.Name === "pythonshell" && modules.length > 0) {
    throw new Error("--additional-python-modules is not supported here: use --extra-py-files");
  }
  const other = modules.find((module) => !/^s3:\/\/.*\.whl$/.test(module));
  if (other !== undefined) {
    throw new Error(`--additional-python-modules supports only wheels in S3 here, not ${other}`);
  }
  return [...modules, ...list("--extra-py-files")];
}

/** Takes runs from STARTING to their end state, and sends an event for each. */
export class Runner {
  readonly #store: Store;
  readonly #files: Files;
  readonly #options: RunnerOptions;
  readonly #queue: PQueue;
  /** Ids of the runs that have left the queue. */
  readonly #working = new Set<string>();
  readonly #processes = new Map<string, ScriptProcess>();
  /** Downloads ahead of a run, and events being delivered. */
  readonly #background = new PQueue();
  readonly #closing = new AbortController();

  constructor(store: Store, files: Files, options: RunnerOptions) {
    this.#store = store;
    this.#files = files;
    this.#options = options;
    this.#queue = new PQueue({ concurrency: options.parallel });
  }

  /** Number of a job's runs that count towards its MaxConcurrentRuns. */
  active(jobName: string): number {
    return this.#store.runsOf(jobName).filter(({ run }) => run.JobRunState !== "WAITING" && !isEnded(run))
      .length;
  }

  /** Downloads and installs a new job's files, so that its first run starts faster. The run reports any error. */
  prepare(job: Job): void {
    void this.#background.add(() => this.#load(job, job.DefaultArguments ?? {}).catch(() => undefined));
  }

  /** Accepts a run that is STARTING or WAITING. */
  submit(stored: StoredRun): void {
    if (stored.run.JobRunState === "STARTING") this.#enqueue(stored);
    this.#admitWaiting();
  }

  async stop(stored: StoredRun): Promise<void> {
    await this.#update(stored, { JobRunState: "STOPPING" });
    if (this.#working.has(stored.run.Id)) this.#processes.get(stored.run.Id)?.stop();
    else await this.#end(stored, "STOPPED");
  }

  /** Continues after a restart: kills leftover processes, and queues the runs that had none. */
  async recover(): Promise<void> {
    for (const stored of this.#store.runs.values()) {
      const { run } = stored;
      if (isEnded(run)) {
        if (stored.undelivered) this.#sendEvent(stored);
      } else if (await killLeftover(this.#logs(run), run.Id)) {
        await fs.rm(this.#temporary(run), { recursive: true, force: true, maxRetries: 10 });
        await this.#end(stored, "FAILED", "The Glue endpoint ended while the run was working");
      } else if (isStopping(run)) {
        await this.#end(stored, "STOPPED");
      } else {
        this.submit(stored);
      }
    }
  }

  /** Stops all processes, whose runs become FAILED. Queued runs continue after the next start. */
  async close(): Promise<void> {
    this.#closing.abort();
    this.#queue.clear();
    for (const running of this.#processes.values()) running.stop();
    await this.#queue.onIdle();
    await this.#background.onIdle();
    await this.#store.settled();
  }

  /** Moves runs from WAITING to STARTING as far as MaxConcurrentRuns allows. */
  #admitWaiting(): void {
    for (const stored of this.#store.runs.values()) {
      const { run } = stored;
      if (run.JobRunState !== "WAITING") continue;
      const limit = this.#store.jobs.get(run.JobName)?.ExecutionProperty?.MaxConcurrentRuns ?? 1;
      if (this.active(run.JobName) >= limit) continue;
      run.JobRunState = "STARTING";
      this.#enqueue(stored);
    }
  }

  #enqueue(stored: StoredRun): void {
    if (this.#closing.signal.aborted) return;
    void this.#queue.add(async () => {
      // Stopped while it was queued.
      if (stored.run.JobRunState !== "STARTING") return;
      this.#working.add(stored.run.Id);
      await this.#work(stored);
      this.#working.delete(stored.run.Id);
      this.#admitWaiting();
    });
  }

  async #work(stored: StoredRun): Promise<void> {
    try {
      const running = await this.#launch(stored);
      if (running) await this.#follow(stored, running);
    } catch (error) {
      const cause = error instanceof Error && error.cause instanceof Error ? `: ${error.cause.message}` : "";
      await this.#end(stored, "FAILED", `${error instanceof Error ? error.message : error}${cause}`);
    }
  }

  /** @returns undefined when the run was stopped before its process started */
  async #launch(stored: StoredRun): Promise<ScriptProcess | undefined> {
    const { run } = stored;
    const { minute, patience } = this.#options;
    const job = this.#store.jobs.get(run.JobName);
    if (!job) throw new Error(`Job ${run.JobName} no longer exists`);
    const isSpark = job.Command.Name === "glueetl";
    const python = isSpark ? await this.#options.spark.python() : this.#options.python;
    const args = { ...job.DefaultArguments, ...run.Arguments, ...job.NonOverridableArguments };
    const [script, ...paths] = await this.#load(job, args);
    const folders = { logs: this.#logs(run), temporary: this.#temporary(run) };
    const env = {
      ...(await this.#options.env(job)),
      ...(isSpark && (await sparkEnvironment(python, this.#options.spark, folders))),
      PYTHONPATH: paths.join(path.delimiter),
    };
    if (this.#closing.signal.aborted) return undefined;
    if (isStopping(run)) {
      await this.#end(stored, "STOPPED");
      return undefined;
    }
    const glueArguments = {
      "--scriptLocation": job.Command.ScriptLocation,
      "--job-language": "python",
      "--JOB_NAME": job.Name,
      "--JOB_RUN_ID": run.Id,
    };
    const running = await runScript({
      python,
      script,
      args: Object.entries({ ...glueArguments, ...args }).flat(),
      env,
      ...folders,
      timeout: run.Timeout * minute,
      patience,
    });
    this.#processes.set(run.Id, running);
    return running;
  }

  #logs(run: JobRun): string {
    return path.join(this.#options.folder, "logs", run.Id);
  }

  #temporary(run: JobRun): string {
    return path.join(this.#options.folder, "tmp", run.Id);
  }

  /** @returns paths of the script and its libraries */
  async #load(job: Job, args: Record<string, string>): Promise<[string, ...string[]]> {
    return Promise.all([
      this.#files.script(job.Command.ScriptLocation),
      ...librariesOf(job, args).map((uri) => this.#files.library(uri)),
    ]);
  }

  async #follow(stored: StoredRun, running: ScriptProcess): Promise<void> {
    const { run } = stored;
    const start = seconds();
    // A stop may have been requested while the process was starting.
    const stopping = isStopping(run) || this.#closing.signal.aborted;
    if (stopping) running.stop();
    await this.#update(stored, stopping ? {} : { JobRunState: "RUNNING" });

    const { code, signal, timedOut, lastLine } = await running.exit;
    this.#processes.delete(run.Id);
    run.ExecutionTime = Math.round(seconds() - start);
    if (run.ExecutionClass === "FLEX") run.DPUSeconds = run.ExecutionTime * (run.MaxCapacity ?? 0);
    if (timedOut) await this.#end(stored, "TIMEOUT", "Job run timed out");
    else if (isStopping(run)) await this.#end(stored, "STOPPED");
    else if (code === 0) await this.#end(stored, "SUCCEEDED");
    else if (this.#closing.signal.aborted) {
      await this.#end(stored, "FAILED", "The Glue endpoint was stopped while the run was working");
    } else {
      const how = signal ? `was ended by ${signal}` : `failed with exit code ${code}`;
      await this.#end(stored, "FAILED", `Command ${how}${lastLine ? `: ${lastLine}` : ""}`);
    }
  }

  async #end(stored: StoredRun, state: EndState, message?: string): Promise<void> {
    stored.undelivered = true;
    await this.#update(stored, {
      JobRunState: state,
      CompletedOn: seconds(),
      ...(message === undefined ? {} : { ErrorMessage: message }),
    });
    this.#sendEvent(stored);
  }

  /** Delivers the event of an ended run. While closing, the next start does that. */
  #sendEvent(stored: StoredRun): void {
    const { signal } = this.#closing;
    if (signal.aborted) return;
    const event = stateChange(stored.run, EndState.parse(stored.run.JobRunState));
    void this.#background.add(async () => {
      try {
        await deliver(this.#options.sink, event, signal);
        stored.undelivered = false;
        await this.#store.putRun(stored);
      } catch (error) {
        if (!signal.aborted) console.error(`glue: run ${stored.run.Id}:`, error);
      }
    });
  }

  async #update(stored: StoredRun, patch: Partial<JobRun>): Promise<void> {
    Object.assign(stored.run, patch, { LastModifiedOn: seconds() });
    await this.#store.putRun(stored);
  }
}
