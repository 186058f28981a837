import type { SchemaItem } from "@unparquet/core/conversion/engine";
import { distance } from "fastest-levenshtein";

const known = new WeakMap<readonly SchemaItem[], ReadonlySet<string>>();

/** Every name that the option `columns` may have for these items. */
export function pathsOf(items: readonly SchemaItem[]): ReadonlySet<string> {
  const all = (item: SchemaItem): string[] => [item.path, ...item.parts.flatMap(all)];
  // Asked for each of hundreds of files with each change of an option.
  const paths = known.get(items) ?? new Set(items.flatMap(all));
  known.set(items, paths);
  return paths;
}

/** The first of `columns` that a file does not have. */
export function missingColumn(
  items: readonly SchemaItem[],
  columns: readonly string[] | undefined,
): string | undefined {
  return columns?.find((name) => !pathsOf(items).has(name));
}

/** The name that was probably meant: another case, a few letters off, or the last part of a path. */
export function similarColumn(items: readonly SchemaItem[], name: string): string | undefined {
  const wanted = name.toLowerCase();
  const allowed = Math.min(3, Math.floor(name.length / 3));
  let best: { path: string; off: number } | undefined;
  for (const path of pathsOf(items)) {
    const candidate = path.toLowerCase();
    const off = candidate.endsWith(`.${wanted}`)
      ? 1
      : Math.abs(candidate.length - wanted.length) > allowed
        ? Number.POSITIVE_INFINITY
        : distance(candidate, wanted);
    if (
      off <= Math.max(allowed, candidate.endsWith(`.${wanted}`) ? 1 : 0) &&
      off < (best?.off ?? Number.POSITIVE_INFINITY)
    ) {
      best = { path, off };
    }
  }
  return best?.path;
}

/** 'There is no column "VendorId". Did you mean "VendorID"?' */
export function describeMissing(items: readonly SchemaItem[], name: string): string {
  const similar = similarColumn(items, name);
  return `There is no column "${name}".${similar === undefined ? "" : ` Did you mean "${similar}"?`}`;
}

/** The names in a text that was typed or pasted: one name, a list with commas or lines, or a JSON array. */
export function parseColumns(text: string, items: readonly SchemaItem[] | undefined): string[] {
  if (items && pathsOf(items).has(text)) return [text];
  if (text.trim().startsWith("[")) {
    try {
      const names: unknown = JSON.parse(text);
      if (Array.isArray(names) && names.every((name) => typeof name === "string")) return names;
    } catch {
      // A name may begin like this.
    }
  }
  return text
    .split(/[,\n\t]/)
    .map((name) => name.trim())
    .filter((name) => name !== "");
}
