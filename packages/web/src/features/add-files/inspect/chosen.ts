import { useSyncExternalStore } from "react";
import { fetchPart } from "../../../components/fetch-part.ts";
import { formatCount } from "../../../components/format.ts";
import { announce } from "../../../components/live-region.tsx";
import { type Choice, ChosenFiles } from "./chosen-files.ts";

export const chosen = new ChosenFiles(
  async () => (await fetchPart(() => import("./inspector.ts"))).inspector,
);
window.addEventListener("online", () => chosen.readAgain());

// Said once for all files of a choice: of hundreds, a screen reader would say each as it comes into view.
let refusedBefore = 0;
chosen.subscribe(() => {
  const { files } = chosen.getSnapshot();
  if (files.some(({ reading }) => reading.phase === "reading")) return;
  const refused = files.filter(({ reading }) => reading.phase === "refused");
  const last = refused.at(-1);
  if (last?.reading.phase === "refused" && refused.length > refusedBefore) {
    announce(
      refused.length === 1
        ? `${last.file.name} cannot be converted. ${last.reading.reason}`
        : `${formatCount(refused.length)} files cannot be converted.`,
    );
  }
  refusedBefore = refused.length;
});

export function useChosen(): Choice {
  return useSyncExternalStore(chosen.subscribe, chosen.getSnapshot);
}
