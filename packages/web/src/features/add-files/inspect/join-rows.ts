import type { Options } from "@unparquet/core/conversion/options";

/** The rows as a file of the format would have them. */
export function joinRows(rows: readonly string[], format: Options["format"]): string {
  if (format === "ndjson") return rows.map((row) => `${row}\n`).join("");
  return `[${rows.join(",\n")}]`;
}
