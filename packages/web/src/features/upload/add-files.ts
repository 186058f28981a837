import { chosen } from "../inspect/chosen.ts";

const byPath = new Intl.Collator("en-GB", { numeric: true, sensitivity: "base" });
/** Of a dropped folder, with the path in it. */
const pathOf = (file: File & { path?: string }) => file.path ?? file.name;

/** Chooses files in the order of their paths: browsers list a dropped folder in any order. */
export function addFiles(files: readonly File[]): void {
  chosen.add(files.toSorted((a, b) => byPath.compare(pathOf(a), pathOf(b))));
}
