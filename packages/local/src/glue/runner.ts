import path from "node:path";
import { deliver, type Sink, stateChange } from "./events.ts";
import type { Files } from "./files.ts";
import { killLeftover, runScript, type ScriptProcess } from "./process.ts";
import { EndState, type Job, type JobRun, type StoredRun } from "./schema.ts";
import type { Store } from "./store.ts";

export interface RunnerOptions {
  /** Logs and temporary files of the runs. */
  folder: string;
  python: string;
  /** Environment of a script that is started now, beside PYTHONPATH, TMPDIR and HOME. */
  env: (job: Job) => Promise<NodeJS.ProcessEnv>;
  sink: Sink;
  /** How many scripts work at once; further runs stay STARTING, as if Glue was still finding capacity for them. */
  parallel: number;
  /** Length of the minute that timeouts are counted in, in milliseconds. Tests shorten it. */
  minute: number;
  /** How long a script may take to end after SIGTERM, in milliseconds. */
  patience: number;
}

export const seconds = (): number => Date.now() / 1000;

/** A function, so that the compiler reads the state anew: a stop changes it while the run is followed. */
const isStopping = (run: JobRun): boolean => run.JobRunState === "STOPPING";

const isEnded = (run: JobRun): boolean => EndState.safeParse(run.JobRunState).success;

/** Arguments as Glue composes them: the job's defaults, the run's over them, the job's non-overridable over all. */
function compose(job: Job, run: JobRun): Record<string, string> {
  return { ...job.DefaultArguments, ...run.Arguments, ...job.NonOverridableArguments };
}

/** Takes runs from STARTING to their end, and says so to the sink. */
export class Runner {
  readonly #store: Store;
  readonly #files: Files;
  readonly #options: RunnerOptions;
  /** Runs in STARTING without a process, in the order they are to get one. */
  readonly #queue: StoredRun[] = [];
  readonly #processes = new Map<string, ScriptProcess>();
  readonly #timedOut = new Set<string>();
  readonly #working = new Set<Promise<void>>();
  readonly #background = new Set<Promise<void>>();
  readonly #closing = new AbortController();

  constructor(store: Store, files: Files, options: RunnerOptions) {
    this.#store = store;
    this.#files = files;
    this.#options = options;
  }

  /** Runs of the job that count against its MaxConcurrentRuns. */
  active(jobName: string): number {
    return this.#store.runsOf(jobName).filter(({ run }) => run.JobRunState !== "WAITING" && !isEnded(run))
      .length;
  }

  /** Gives waiting runs a place, and as many of those that have one a process as may work at once. */
  schedule(): void {
    if (this.#closing.signal.aborted) return;
    for (const stored of this.#store.runs.values()) {
      if (stored.run.JobRunState !== "WAITING") continue;
      const limit = this.#store.jobs.get(stored.run.JobName)?.ExecutionProperty?.MaxConcurrentRuns ?? 1;
      if (this.active(stored.run.JobName) >= limit) continue;
      stored.run.JobRunState = "STARTING";
      this.enqueue(stored);
    }
    while (this.#working.size < this.#options.parallel) {
      const next = this.#queue.shift();
      if (!next) return;
      const work = this.#work(next).finally(() => {
        this.#working.delete(work);
        this.schedule();
      });
      this.#working.add(work);
    }
  }

  /**
   * Downloads and installs what runs of the job will need, so that the first of them starts as fast as any. What cannot be
   * had yet is the run's to report.
   */
  prepare(job: Job): void {
    const preparation = this.#load(job, job.DefaultArguments ?? {})
      .then(
        () => undefined,
        () => undefined,
      )
      .finally(() => this.#background.delete(preparation));
    this.#background.add(preparation);
  }

  /** Lines up a run in STARTING for a process. */
  enqueue(stored: StoredRun): void {
    this.#queue.push(stored);
  }

  async stop(stored: StoredRun): Promise<void> {
    const waiting = stored.run.JobRunState === "WAITING" || this.#queue.includes(stored);
    await this.#update(stored, { JobRunState: "STOPPING" });
    if (waiting && !this.#processes.has(stored.run.Id)) {
      const place = this.#queue.indexOf(stored);
      if (place >= 0) this.#queue.splice(place, 1);
      await this.#end(stored, "STOPPED");
    }
    this.#processes.get(stored.run.Id)?.stop(this.#options.patience);
  }

  /** What the last endpoint with this state left: its runs' processes are ended, runs that had none begin. */
  async recover(): Promise<void> {
    for (const stored of this.#store.runs.values()) {
      const { run } = stored;
      if (isEnded(run)) {
        if (stored.undelivered) this.#tell(stored);
      } else if (await killLeftover(this.#logs(run), run.Id)) {
        await this.#end(stored, "FAILED", "The Glue endpoint ended while the run was working");
      } else if (run.JobRunState === "STOPPING") {
        await this.#end(stored, "STOPPED");
      } else if (run.JobRunState === "STARTING") {
        this.enqueue(stored);
      }
    }
    this.schedule();
  }

  /** Ends every process. What they were working on is FAILED; runs that had no process yet begin at the next start. */
  async close(): Promise<void> {
    this.#closing.abort();
    for (const running of this.#processes.values()) running.stop(this.#options.patience);
    await Promise.all([...this.#working, ...this.#background]);
    await this.#store.settled();
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

  /** @returns nothing when the run was stopped before its process began */
  async #launch(stored: StoredRun): Promise<ScriptProcess | undefined> {
    const { run } = stored;
    const job = this.#store.jobs.get(run.JobName);
    if (!job) throw new Error(`Job ${run.JobName} does not exist any more`);
    const { "--additional-python-modules": modules, ...args } = compose(job, run);
    if (modules) throw new Error("--additional-python-modules is not supported here: use --extra-py-files");
    const [script, ...paths] = await this.#load(job, args);
    const env = await this.#options.env(job);
    if (this.#closing.signal.aborted) return undefined;
    if (isStopping(run)) {
      await this.#end(stored, "STOPPED");
      return undefined;
    }
    // The arguments Glue adds by itself.
    const added = {
      "--scriptLocation": job.Command.ScriptLocation,
      "--job-language": "python",
      "--JOB_NAME": job.Name,
      "--JOB_RUN_ID": run.Id,
    };
    const running = await runScript({
      python: this.#options.python,
      script,
      args: Object.entries({ ...added, ...args }).flat(),
      env: { ...env, PYTHONPATH: paths.join(path.delimiter) },
      logs: this.#logs(run),
      temporary: path.join(this.#options.folder, "tmp", run.Id),
    });
    this.#processes.set(run.Id, running);
    return running;
  }

  #logs(run: JobRun): string {
    return path.join(this.#options.folder, "logs", run.Id);
  }

  /** @returns paths of the script and of its libraries */
  #load(job: Job, args: Record<string, string>): Promise<[string, ...string[]]> {
    const libraries = (args["--extra-py-files"] ?? "").split(",").filter(Boolean);
    return Promise.all([
      this.#files.script(job.Command.ScriptLocation),
      ...libraries.map((uri) => this.#files.library(uri.trim())),
    ]);
  }

  async #follow(stored: StoredRun, running: ScriptProcess): Promise<void> {
    const { run } = stored;
    const began = seconds();
    const timeout = setTimeout(() => {
      this.#timedOut.add(run.Id);
      running.stop(this.#options.patience);
    }, run.Timeout * this.#options.minute);
    // The stop may have been asked while the process was being made.
    const stopping = run.JobRunState !== "STARTING" || this.#closing.signal.aborted;
    if (stopping) running.stop(this.#options.patience);
    await this.#update(stored, stopping ? {} : { JobRunState: "RUNNING" });

    const { code, signal, lastLine } = await running.exit;
    clearTimeout(timeout);
    this.#processes.delete(run.Id);
    run.ExecutionTime = Math.round(seconds() - began);
    if (this.#timedOut.delete(run.Id)) await this.#end(stored, "TIMEOUT", "Job run timed out");
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
    this.#tell(stored);
  }

  /** Delivers the end of a run, now or, when this is being stopped, after the next start. */
  #tell(stored: StoredRun): void {
    const { signal } = this.#closing;
    if (signal.aborted) return;
    const event = stateChange(stored.run, EndState.parse(stored.run.JobRunState));
    const delivery: Promise<void> = deliver(this.#options.sink, event, signal)
      .then(() => {
        stored.undelivered = false;
        return this.#store.putRun(stored);
      })
      .catch((error: unknown) => {
        if (!signal.aborted) console.error(`glue: run ${stored.run.Id}:`, error);
      })
      .finally(() => this.#background.delete(delivery));
    this.#background.add(delivery);
  }

  async #update(stored: StoredRun, patch: Partial<JobRun>): Promise<void> {
    Object.assign(stored.run, patch, { LastModifiedOn: seconds() });
    await this.#store.putRun(stored);
  }
}
