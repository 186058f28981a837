import type { Options } from "@unparquet/core/job/options";
import type { Job } from "@unparquet/core/job/schema";
import { ApiError } from "../../api/error.ts";
import { RefusedFile } from "./check-parquet.ts";
import { explainFailure, type UploadFile, type UploadSession } from "./upload-file.ts";

export type UploadState =
  | { phase: "waiting" }
  | { phase: "checking" }
  | { phase: "uploading"; loaded: number }
  | { phase: "starting" }
  | { phase: "started"; jobId: string }
  /** Never worth another try: the file itself is the reason. The job is there when the API was who refused. */
  | { phase: "refused"; reason: string; jobId?: string }
  | { phase: "failed"; reason: string };

export interface Upload {
  readonly id: number;
  readonly file: File;
  readonly options: Partial<Options>;
  readonly state: UploadState;
}

interface Internals {
  session: UploadSession;
  abort: AbortController;
}

interface Dependencies {
  uploadFile: UploadFile;
  abandonUpload: (session: UploadSession) => void;
  onStarted: (job: Job) => void;
}

const parallel = 3;
const isActive = ({ state: { phase } }: Upload) =>
  phase === "checking" || phase === "uploading" || phase === "starting";
const isOver = ({ state: { phase } }: Upload) =>
  phase === "started" || phase === "refused" || phase === "failed";

/** The files chosen in this tab and how far each has come. Lives outside of React, so that it outlives a page. */
export class UploadQueue {
  #uploads: readonly Upload[] = [];
  readonly #internals = new Map<number, Internals>();
  readonly #listeners = new Set<() => void>();
  readonly #dependencies: Dependencies;
  #nextId = 1;

  constructor(dependencies: Dependencies) {
    this.#dependencies = dependencies;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** The same array until something changes. */
  readonly getSnapshot = (): readonly Upload[] => this.#uploads;

  get isBusy(): boolean {
    return this.#uploads.some((upload) => !isOver(upload));
  }

  add(files: readonly File[], options: Partial<Options>): void {
    const added = files.map((file): Upload => {
      const id = this.#nextId++;
      this.#internals.set(id, { session: {}, abort: new AbortController() });
      return { id, file, options, state: { phase: "waiting" } };
    });
    this.#publish([...this.#uploads, ...added]);
    this.#startWaiting();
  }

  /** Goes on where the failed try ended. */
  retry(id: number): void {
    this.#set(id, { phase: "waiting" });
    this.#startWaiting();
  }

  /** Takes a file off the list; one that is not started yet is given up. */
  remove(id: number): void {
    const upload = this.#uploads.find((candidate) => candidate.id === id);
    const internals = this.#internals.get(id);
    if (!upload || !internals) return;
    internals.abort.abort(new DOMException("The upload was cancelled.", "AbortError"));
    this.#internals.delete(id);
    this.#publish(this.#uploads.filter((candidate) => candidate.id !== id));
    if (upload.state.phase !== "started" && upload.state.phase !== "refused") {
      this.#dependencies.abandonUpload(internals.session);
    }
    this.#startWaiting();
  }

  /** Takes everything off the list that needs nobody any more. */
  clearOver(): void {
    for (const upload of this.#uploads.filter(isOver)) this.remove(upload.id);
  }

  #startWaiting(): void {
    while (this.#uploads.filter(isActive).length < parallel) {
      const next = this.#uploads.find(({ state }) => state.phase === "waiting");
      if (!next) return;
      this.#set(next.id, { phase: "checking" });
      void this.#run(next);
    }
  }

  async #run({ id, file, options }: Upload): Promise<void> {
    const internals = this.#internals.get(id);
    if (!internals) return;
    const { session, abort } = internals;
    try {
      const job = await this.#dependencies.uploadFile(file, options, session, {
        signal: abort.signal,
        onStep: (step) => this.#set(id, step === "uploading" ? { phase: step, loaded: 0 } : { phase: step }),
        onProgress: (loaded) => this.#set(id, { phase: "uploading", loaded: Math.min(loaded, file.size) }),
      });
      this.#set(id, { phase: "started", jobId: job.jobId });
      this.#dependencies.onStarted(job);
    } catch (error) {
      this.#set(id, toState(error, internals));
    }
    this.#startWaiting();
  }

  #set(id: number, state: UploadState): void {
    if (!this.#internals.has(id)) return;
    this.#publish(this.#uploads.map((upload) => (upload.id === id ? { ...upload, state } : upload)));
  }

  #publish(uploads: readonly Upload[]): void {
    this.#uploads = uploads;
    for (const listener of this.#listeners) listener();
  }
}

function toState(error: unknown, internals: Internals): UploadState {
  const reason = explainFailure(error);
  if (error instanceof RefusedFile) return { phase: "refused", reason };
  if (error instanceof ApiError && error.status === 422) {
    const { jobId } = internals.session;
    return { phase: "refused", reason, ...(jobId === undefined ? {} : { jobId }) };
  }
  // The job is gone or no longer waits for its file: the next try begins with a new one.
  if (error instanceof ApiError && (error.status === 404 || error.status === 409)) internals.session = {};
  return { phase: "failed", reason };
}
