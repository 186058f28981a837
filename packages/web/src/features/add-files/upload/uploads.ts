import { useSelector } from "@tanstack/react-store";
import { lookAgain } from "../../../api/queries.ts";
import { queryClient } from "../../../api/query-client.ts";
import { announce } from "../../../components/live-region.tsx";
import { summarizeChange } from "./summarize-change.ts";
import { abandonUpload } from "./upload-file.ts";
import { type JournalEntry, UploadJournal } from "./upload-journal.ts";
import { isOver, type Upload, UploadQueue } from "./upload-queue.ts";

export const journal = new UploadJournal();
export const uploads = new UploadQueue(journal);

/** Removes what was begun on an earlier visit, with its job and its parts. */
export function forgetUnfinished(entries: readonly JournalEntry[]): void {
  for (const { id, session } of entries) {
    journal.erase(id);
    void abandonUpload(session);
  }
}

/** What is under way can only go on when its file is chosen again. */
const warn = (event: BeforeUnloadEvent) => event.preventDefault();

let before = uploads.list.get();
uploads.list.subscribe((now) => {
  // Only while there is something to lose: browsers do not keep a page for the way back that listens.
  if (uploads.isBusy) window.addEventListener("beforeunload", warn);
  else window.removeEventListener("beforeunload", warn);
  // The list shows a job as soon as its upload begins.
  const known = new Set(before.map(({ session }) => session.jobId));
  if (now.some(({ session }) => !known.has(session.jobId))) lookAgain(queryClient);
  const change = summarizeChange(before, now);
  if (change !== undefined) announce(change);
  before = now;
});

export function useUploads(): readonly Upload[] {
  return useSelector(uploads.list);
}

/** What this tab is uploading for a job. */
export function useUploadOf(jobId: string): Upload | undefined {
  return useSelector(uploads.list, (list) =>
    list.find((upload) => upload.session.jobId === jobId && !isOver(upload)),
  );
}

/** Uploads of earlier visits that wait for their file. */
export function useUnfinished(): readonly JournalEntry[] {
  return useSelector(journal.waiting);
}
