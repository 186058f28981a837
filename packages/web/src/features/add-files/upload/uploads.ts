import { randomId } from "@mantine/hooks";
import { useSyncExternalStore } from "react";
import { forgetJobs, lookAgain, putJob } from "../../../api/queries.ts";
import { queryClient } from "../../../api/query-client.ts";
import { announce } from "../../../components/live-region.tsx";
import { summarizeChange } from "./summarize-change.ts";
import { abandonUpload, uploadFile } from "./upload-file.ts";
import { type JournalEntry, UploadJournal, type WhenClosed } from "./upload-journal.ts";
import { isOver, type Upload, UploadQueue } from "./upload-queue.ts";

const tab = randomId("unparquet-tab-");

function localStorage(): Storage | undefined {
  try {
    return window.localStorage;
  } catch {
    return undefined;
  }
}

/** A tab holds the lock of its name as long as it lives. Where there are no locks, no other tab is taken to be alive. */
const whenClosed: WhenClosed = (name, callback) => {
  if (!navigator.locks) return callback();
  void navigator.locks.request(name, { mode: "shared" }, callback);
};

navigator.locks?.request(tab, () => new Promise(() => undefined));

export const journal = new UploadJournal(localStorage(), tab, whenClosed);
window.addEventListener("storage", journal.refresh);

async function giveUp(session: { jobId?: string }) {
  if (session.jobId === undefined) return;
  await abandonUpload(session);
  forgetJobs(queryClient, new Set([session.jobId]));
}

export const uploads = new UploadQueue({
  uploadFile,
  abandonUpload: giveUp,
  onStarted: (job) => putJob(queryClient, job),
  journal,
});

/** Removes what was begun on an earlier visit, with its job and its parts. */
export function forgetUnfinished(entries: readonly JournalEntry[]): void {
  for (const { id, session } of entries) {
    journal.erase(id);
    void giveUp(session);
  }
}

/** What is under way can only go on when its file is chosen again. */
const warn = (event: BeforeUnloadEvent) => event.preventDefault();

let before = uploads.getSnapshot();
uploads.subscribe(() => {
  const now = uploads.getSnapshot();
  // Only while there is something to lose: browsers do not keep a page for the way back that listens.
  if (uploads.isBusy) window.addEventListener("beforeunload", warn);
  else window.removeEventListener("beforeunload", warn);
  // The list shows a job as soon as its upload begins.
  const known = new Set(before.map(({ jobId }) => jobId));
  if (now.some(({ jobId }) => !known.has(jobId))) lookAgain(queryClient);
  const change = summarizeChange(before, now);
  if (change !== undefined) announce(change);
  before = now;
});

export function useUploads(): readonly Upload[] {
  return useSyncExternalStore(uploads.subscribe, uploads.getSnapshot);
}

/** What this tab is uploading for a job. */
export function useUploadOf(jobId: string): Upload | undefined {
  const find = () => uploads.getSnapshot().find((upload) => upload.jobId === jobId && !isOver(upload));
  return useSyncExternalStore(uploads.subscribe, find);
}

/** Uploads of earlier visits that wait for their file. */
export function useUnfinished(): readonly JournalEntry[] {
  return useSyncExternalStore(journal.subscribe, journal.getSnapshot);
}
