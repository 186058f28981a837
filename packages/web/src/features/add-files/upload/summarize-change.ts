import { formatCount } from "../../../components/format.ts";
import { isBad, isOver, type Upload } from "./upload-queue.ts";

const isStarted = ({ phase }: Upload) => phase === "started";
const isDone = (upload: Upload) => isOver(upload) || isBad(upload);
const firstTrouble = (uploads: readonly Upload[]) => uploads.map(({ trouble }) => trouble).find(Boolean);

const files = (count: number) => `${formatCount(count)} ${count === 1 ? "file" : "files"}`;

/**
 * What a screen reader says of a change: that uploads began, that all are through, and that nobody answers or somebody does again.
 * Not each step of each file, of which there may be hundreds.
 */
export function summarizeChange(before: readonly Upload[], now: readonly Upload[]): string | undefined {
  const known = new Set(before.map(({ id }) => id));
  const added = now.filter(({ id }) => !known.has(id)).length;
  if (added > 0) return `Uploading ${files(added)}`;

  if (now.length > 0 && now.every(isDone) && !before.every(isDone) && before.length === now.length) {
    const bad = now.filter(isBad).length;
    const started = now.filter(isStarted).length;
    const good = started === 0 ? "" : `${files(started)} uploaded. `;
    return `${good}${bad === 0 ? "" : `${files(bad)} not uploaded.`}`.trim();
  }

  const trouble = firstTrouble(now);
  if ((trouble === undefined) === (firstTrouble(before) === undefined)) return undefined;
  if (trouble !== undefined) return `${trouble} Uploads resume automatically.`;
  return now.some(({ phase }) => phase === "uploading") ? "Uploads resumed." : undefined;
}
