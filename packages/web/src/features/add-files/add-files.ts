import { chosen } from "./inspect/chosen.ts";
import { journal } from "./upload/uploads.ts";

const byPath = new Intl.Collator("en-GB", { numeric: true, sensitivity: "base" });
/** Of a dropped folder, with the path in it. */
const pathOf = (file: File & { path?: string }) => file.path ?? file.name;

/**
 * Chooses files in the order of their paths: browsers list a dropped folder in any order. A file whose upload is unfinished gets
 * its options again.
 */
export function addFiles(files: readonly File[]): void {
  const inOrder = files.toSorted((a, b) => byPath.compare(pathOf(a), pathOf(b)));
  chosen.add(inOrder, (file) => journal.find(file)?.options);
}
