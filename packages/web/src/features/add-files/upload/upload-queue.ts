import { randomId } from "@mantine/hooks";
import type { Options } from "@unparquet/core/conversion/options";
import type { Job } from "@unparquet/core/job/schema";
import { ApiError } from "../../../api/error.ts";
import { RefusedFile } from "./check-parquet.ts";
import { Speed } from "./speed.ts";
import type { Progress } from "./transfer.ts";
import { explainFailure, type UploadFile, type UploadSession } from "./upload-file.ts";
import type { UploadJournal } from "./upload-journal.ts";

export type UploadState =
  | { phase: "waiting" }
  /** `trouble`: why it is tried again, which happens by itself. */
  | { phase: "checking"; trouble: string | undefined }
  /** `speed`: bytes a second, 0 while it is not known yet. */
  | { phase: "uploading"; trouble: string | undefined; loaded: number; speed: number; isPausing?: boolean }
  | { phase: "starting"; trouble: string | undefined }
  | { phase: "paused"; stored: number }
  | { phase: "started"; jobId: string }
  /** Never worth another try: the file itself is the reason. The job is there when the API was who refused. */
  | { phase: "refused"; reason: string; jobId?: string }
  | { phase: "failed"; reason: string };

export interface Upload {
  readonly id: string;
  readonly file: File;
  readonly options: Partial<Options>;
  /** Number of the batch: files added while others are under way belong to theirs. */
  readonly batch: number;
  /** Its job, once there is one. */
  readonly jobId?: string | undefined;
  readonly state: UploadState;
}

interface Internals {
  readonly session: UploadSession;
  /** Of several uploads the one that was chosen first is first in line, also for the slots of its parts. */
  readonly priority: number;
  abort: AbortController;
  pause: AbortController;
  /** The tries so far, the last of which may still be on its way out. */
  tries: Promise<void>;
  progress: Progress;
  speed: Speed;
}

interface Dependencies {
  uploadFile: UploadFile;
  abandonUpload: (session: UploadSession) => void;
  onStarted: (job: Job) => void;
  journal: Pick<UploadJournal, "write" | "erase" | "claim">;
}

const parallel = 4;
/** Milliseconds between two pictures of the progress. Bytes are told of far more often, by each of many files. */
const frame = 250;
const framesPerSpeed = 4;

const cancelled = () => new DOMException("The upload was cancelled.", "AbortError");

const isActive = ({ state: { phase } }: Upload) =>
  phase === "checking" || phase === "uploading" || phase === "starting";
export const canPause = ({ state: { phase } }: Upload) =>
  phase === "waiting" || phase === "checking" || phase === "uploading";
export const isPaused = ({ state: { phase } }: Upload) => phase === "paused";
export const isBad = ({ state: { phase } }: Upload) => phase === "refused" || phase === "failed";
/** Nothing is left to do for it, or nothing can be done. */
export const isOver = ({ state: { phase } }: Upload) => phase === "started" || phase === "refused";

/** The files chosen in this tab and how far each has come. Lives outside of React, so that it outlives a page. */
export class UploadQueue {
  #uploads: readonly Upload[] = [];
  readonly #internals = new Map<string, Internals>();
  readonly #listeners = new Set<() => void>();
  readonly #dependencies: Dependencies;
  #added = 0;
  #batch = 0;
  #frames = 0;
  #clock: ReturnType<typeof setInterval> | undefined;

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
    return this.#uploads.some((upload) => isActive(upload) || upload.state.phase === "waiting");
  }

  /** One that was begun on an earlier visit goes on where it was. No options: those it had then. */
  add(files: readonly { file: File; options: Partial<Options> }[]): void {
    if (!this.isBusy) this.#batch += 1;
    const added = files.map(({ file, options }): Upload => {
      const chosen = Object.keys(options).length > 0;
      const begun = this.#dependencies.journal.claim(file);
      const id = begun?.id ?? randomId("");
      this.#added += 1;
      this.#internals.set(id, {
        session: begun?.session ?? {},
        priority: -this.#added,
        abort: new AbortController(),
        pause: new AbortController(),
        tries: Promise.resolve(),
        progress: { stored: begun?.stored ?? 0, loaded: begun?.stored ?? 0, sent: 0 },
        speed: new Speed(performance.now()),
      });
      return {
        id,
        file,
        options: chosen ? options : (begun?.options ?? {}),
        batch: this.#batch,
        jobId: begun?.session.jobId,
        state: { phase: "waiting" },
      };
    });
    for (const upload of added) this.#writeDown(upload);
    this.#publish([...this.#uploads, ...added]);
    this.#startWaiting();
  }

  /** Parts on their way still arrive, so that no bytes are sent twice. Paused again, or without a connection, it stops at once. */
  pause(...ids: string[]): void {
    for (const { id, state } of this.#select(ids, canPause)) {
      const internals = this.#internals.get(id);
      if (!internals) continue;
      const reason = new DOMException("The upload was paused.", "AbortError");
      const hasParts = internals.session.upload?.strategy === "multipart";
      if (state.phase === "uploading" && hasParts && !state.isPausing && state.trouble === undefined) {
        internals.pause.abort(reason);
        this.#set(id, { ...state, isPausing: true });
      } else {
        internals.abort.abort(reason);
        this.#set(id, { phase: "paused", stored: internals.progress.stored });
      }
    }
    this.#startWaiting();
  }

  /** Goes on where a pause or a failure ended the last try. */
  resume(...ids: string[]): void {
    for (const { id } of this.#select(
      ids,
      ({ state: { phase } }) => phase === "paused" || phase === "failed",
    )) {
      this.#set(id, { phase: "waiting" });
    }
    this.#startWaiting();
  }

  /** Takes files off the list; what is not started yet is given up. */
  remove(...ids: string[]): void {
    const removed = this.#select(ids, () => true);
    for (const upload of removed) {
      const internals = this.#internals.get(upload.id);
      if (!internals) continue;
      internals.abort.abort(cancelled());
      this.#internals.delete(upload.id);
      this.#dependencies.journal.erase(upload.id);
      // Not before the last try is through: it may be about to learn of its job.
      if (!isOver(upload))
        void internals.tries.then(() => this.#dependencies.abandonUpload(internals.session));
    }
    this.#publish(this.#uploads.filter((upload) => !removed.includes(upload)));
    this.#startWaiting();
  }

  #select(ids: string[], by: (upload: Upload) => boolean): Upload[] {
    const wanted = new Set(ids);
    return this.#uploads.filter((upload) => wanted.has(upload.id) && by(upload));
  }

  #startWaiting(): void {
    while (this.#uploads.filter(isActive).length < parallel) {
      const next = this.#uploads.find(({ state }) => state.phase === "waiting");
      const internals = next && this.#internals.get(next.id);
      if (!next || !internals) return;
      const abort = new AbortController();
      internals.abort = abort;
      internals.pause = new AbortController();
      this.#set(next.id, { phase: "checking", trouble: undefined });
      internals.tries = internals.tries.then(() => this.#run(next, internals, abort.signal));
    }
  }

  async #run(upload: Upload, internals: Internals, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    const { id, file, options } = upload;
    const { session, priority } = internals;
    const pause = internals.pause.signal;
    internals.progress = { ...internals.progress, loaded: internals.progress.stored, sent: 0 };
    internals.speed = new Speed(performance.now());
    const set = (state: UploadState) => {
      if (!signal.aborted) this.#set(id, state);
    };
    try {
      const job = await this.#dependencies.uploadFile(file, options, session, {
        signal,
        priority,
        pause,
        onStep: (phase) => {
          const { loaded } = internals.progress;
          set(
            phase === "uploading"
              ? { phase, trouble: undefined, loaded, speed: 0 }
              : { phase, trouble: undefined },
          );
          this.#writeDown(upload);
          this.#tick();
        },
        onProgress: (progress) => this.#progress(upload, progress, signal),
        onTrouble: ({ message }) => this.#setTrouble(id, message, signal),
      });
      set({ phase: "started", jobId: job.jobId });
      this.#dependencies.journal.erase(id);
      this.#dependencies.onStarted(job);
    } catch (error) {
      const state: UploadState =
        error === pause.reason
          ? { phase: "paused", stored: internals.progress.stored }
          : toState(error, session);
      set(state);
      // The parts that are there are of a file that no longer is.
      if (error instanceof RefusedFile) this.#dependencies.abandonUpload(session);
      if (state.phase === "refused") this.#dependencies.journal.erase(id);
      else this.#writeDown(upload);
    }
    this.#startWaiting();
  }

  #progress(upload: Upload, progress: Progress, signal: AbortSignal): void {
    const internals = this.#internals.get(upload.id);
    if (!internals || signal.aborted) return;
    const before = internals.progress;
    internals.progress = progress;
    if (progress.stored !== before.stored) this.#writeDown(upload);
    if (progress.sent > before.sent) this.#setTrouble(upload.id, undefined, signal);
  }

  #setTrouble(id: string, trouble: string | undefined, signal: AbortSignal): void {
    const state = this.#uploads.find((upload) => upload.id === id)?.state;
    if (signal.aborted || !state || !("trouble" in state) || state.trouble === trouble) return;
    this.#set(id, { ...state, trouble });
  }

  /** Runs while there is progress to be shown. */
  #tick(): void {
    this.#clock ??= setInterval(() => {
      this.#frames += 1;
      const measured = this.#frames % framesPerSpeed === 0;
      const moving = this.#uploads.some(({ state }) => state.phase === "uploading");
      if (moving) this.#publish(this.#uploads.map((upload) => this.#withProgress(upload, measured)));
      else {
        clearInterval(this.#clock);
        this.#clock = undefined;
      }
    }, frame);
  }

  #withProgress(upload: Upload, measured: boolean): Upload {
    const { state } = upload;
    const internals = this.#internals.get(upload.id);
    if (state.phase !== "uploading" || !internals) return upload;
    const { loaded, sent } = internals.progress;
    const speed = measured ? internals.speed.measure(sent, performance.now()) : state.speed;
    if (loaded === state.loaded && speed === state.speed) return upload;
    return { ...upload, state: { ...state, loaded, speed } };
  }

  #writeDown({ id, file, options }: Upload): void {
    const internals = this.#internals.get(id);
    if (!internals) return;
    const { name: filename, size, lastModified } = file;
    const { session, progress } = internals;
    this.#dependencies.journal.write({
      id,
      filename,
      size,
      lastModified,
      options,
      session,
      stored: progress.stored,
    });
  }

  #set(id: string, state: UploadState): void {
    const internals = this.#internals.get(id);
    if (!internals) return;
    const { jobId } = internals.session;
    this.#publish(this.#uploads.map((upload) => (upload.id === id ? { ...upload, jobId, state } : upload)));
  }

  #publish(uploads: readonly Upload[]): void {
    this.#uploads = uploads;
    for (const listener of this.#listeners) listener();
  }
}

function toState(error: unknown, session: UploadSession): UploadState {
  const reason = explainFailure(error);
  if (error instanceof RefusedFile) return { phase: "refused", reason };
  if (error instanceof ApiError && error.status === 422) {
    const { jobId } = session;
    return { phase: "refused", reason, ...(jobId === undefined ? {} : { jobId }) };
  }
  return { phase: "failed", reason };
}
