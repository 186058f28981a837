import { useSyncExternalStore } from "react";
import { type Choice, ChosenFiles } from "./chosen-files.ts";

export const chosen = new ChosenFiles(async () => (await import("./inspector.ts")).inspector);

export function useChosen(): Choice {
  return useSyncExternalStore(chosen.subscribe, chosen.getSnapshot);
}
