import { formatBytes, formatShare } from "../../../components/format.ts";
import { isBad, type Upload } from "./upload-queue.ts";

/**
 * Seconds in steps that grow with them, so that the words stand still: "5 s left", "40 s left", "3 min left",
 * "1 h 20 min left". Nothing while the speed is not known.
 */
export function describeTimeLeft(bytes: number, speed: number): string | undefined {
  if (speed <= 0) return undefined;
  const seconds = bytes / speed;
  if (seconds <= 55) return `${Math.max(5, Math.ceil(seconds / 5) * 5)} s left`;
  const minutes = Math.ceil(seconds / 60);
  if (minutes < 60) return `${minutes} min left`;
  const hours = Math.floor(minutes / 60);
  if (hours >= 48) return `${Math.round(hours / 24)} days left`;
  const rest = Math.floor((minutes % 60) / 10) * 10;
  return rest === 0 ? `${hours} h left` : `${hours} h ${rest} min left`;
}

/** "45.1 MB · 12 MB/s · 20 s left" */
export function describeProgress(loaded: number, size: number, speed: number): string {
  if (loaded === 0) return "Uploading…";
  const left = describeTimeLeft(size - loaded, speed);
  return [formatBytes(loaded), ...(left === undefined ? [] : [`${formatBytes(speed)}/s`, left])].join(" · ");
}

const noAnswer = (trouble: string, online: boolean) =>
  online ? `${trouble} Retrying…` : "Offline — resumes automatically";

/** What is being done with a file, or why nothing is. `online`: whether the browser believes to be. */
export function describeState(upload: Upload, online: boolean): string {
  const { file, stored, moving, trouble } = upload;
  if (trouble !== undefined) return noAnswer(trouble, online);
  switch (upload.phase) {
    case "waiting":
      return "Queued";
    case "checking":
      return "Checking the file…";
    case "uploading":
      if (upload.isPausing) return "Pausing after the parts being sent…";
      return stored + moving < file.size
        ? describeProgress(stored + moving, file.size, upload.speed)
        : "Finishing the upload…";
    case "starting":
      return "Starting the conversion…";
    case "paused":
      return stored === 0 ? "Paused" : `Paused · ${formatBytes(stored)} uploaded`;
    case "started":
      return "Uploaded";
    case "refused":
    case "failed":
      return upload.reason ?? "";
  }
}

/** The share of the last batch that is uploaded, between 0 and 1; undefined if none is under way. */
export function shareOfBatch(list: readonly Upload[]): number | undefined {
  const last = list.at(-1)?.batch;
  const batch = list.filter((upload) => upload.batch === last && !isBad(upload));
  if (!batch.some(({ phase }) => phase !== "started")) return undefined;
  const size = batch.reduce((sum, { file }) => sum + file.size, 0);
  const loaded = batch.reduce(
    (sum, upload) => sum + upload.file.size * (shareOf(upload) ?? doneShare(upload)),
    0,
  );
  return loaded / size;
}

const doneShare = ({ phase }: Upload) => (phase === "started" || phase === "starting" ? 1 : 0);

/** The status of a job whose file this tab uploads: "Uploading 12%". */
export function describeUpload(upload: Upload): string {
  const { phase } = upload;
  if (phase === "paused") return "Upload paused";
  if (phase === "failed") return "Upload failed";
  const share = shareOf(upload);
  return share === undefined ? "Uploading" : `Uploading ${formatShare(share)}`;
}

/** The share of a file, between 0 and 1, that a bar shows; none where there is nothing to be seen of it. */
export function shareOf({ file, phase, stored, moving }: Upload): number | undefined {
  if (phase === "uploading") return (stored + moving) / file.size;
  return phase === "paused" ? stored / file.size : undefined;
}
