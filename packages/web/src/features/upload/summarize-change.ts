import { formatCount } from "../../format.ts";
import { isBad, isOver, type Upload } from "./upload-queue.ts";

const isStarted = ({ state: { phase } }: Upload) => phase === "started";
const isDone = (upload: Upload) => isOver(upload) || isBad(upload);
const hasTrouble = ({ state }: Upload) => "trouble" in state && state.trouble;

const files = (count: number) => `${formatCount(count)} ${count === 1 ? "file" : "files"}`;

/**
 * What a screen reader says of a change: that uploads began, that all are through, and that the connection is lost or back.
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

  if (now.some(hasTrouble) === before.some(hasTrouble)) return undefined;
  if (now.some(hasTrouble)) return "The connection is lost. The uploads go on when it is back.";
  return now.some(({ state }) => state.phase === "uploading") ? "The connection is back." : undefined;
}
