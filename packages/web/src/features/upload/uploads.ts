import { useSyncExternalStore } from "react";
import { putJob } from "../../api/queries.ts";
import { queryClient } from "../../query-client.ts";
import { abandonUpload, uploadFile } from "./upload-file.ts";
import { type Upload, UploadQueue } from "./upload-queue.ts";

export const uploads = new UploadQueue({
  uploadFile,
  abandonUpload,
  onStarted: (job) => putJob(queryClient, job),
});

window.addEventListener("beforeunload", (event) => {
  if (uploads.isBusy) event.preventDefault();
});

export function useUploads(): readonly Upload[] {
  return useSyncExternalStore(uploads.subscribe, uploads.getSnapshot);
}
