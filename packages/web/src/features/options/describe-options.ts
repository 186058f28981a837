import type { Options } from "@unparquet/core/conversion/options";
import { formatCount } from "../../components/format.ts";

/** Options with a fixed set of choices. */
export type ChoiceName = Exclude<keyof Options, "columns" | "limit">;

/** What people read for each of these options and its choices, in the order of the form. */
export const choiceLabels: {
  [Name in ChoiceName]: { label: string; choices: Record<Options[Name], string> };
} = {
  format: { label: "Format", choices: { ndjson: "NDJSON", json: "JSON array" } },
  compression: { label: "Compression", choices: { none: "None", gzip: "gzip", zstd: "zstd" } },
  integers: {
    label: "Large integers",
    choices: { number: "Exact numbers", string: "Strings beyond 2^53" },
  },
  decimals: { label: "Decimals", choices: { number: "Exact numbers", string: "Strings" } },
  binary: { label: "Binary", choices: { base64: "Base64", hex: "Hexadecimal", utf8: "Text (UTF-8)" } },
  text: {
    label: "Text that is not UTF-8",
    choices: { strict: "An error", replace: "Invalid bytes replaced by �", binary: "All text as binary" },
  },
  nonFinite: { label: "NaN and infinities", choices: { null: "null", string: 'Strings, as "NaN"' } },
  nulls: { label: "Fields that are null", choices: { keep: "Kept, as null", omit: "Left out" } },
  timestamps: {
    label: "Timestamps",
    choices: {
      iso: "Text (ISO 8601)",
      "epoch-ms": "Milliseconds since 1970",
      "epoch-us": "Microseconds since 1970",
      "epoch-ns": "Nanoseconds since 1970",
    },
  },
};

export const choiceNames = Object.keys(choiceLabels) as ChoiceName[];

const choiceOf = <Name extends ChoiceName>(name: Name, options: Options) =>
  choiceLabels[name].choices[options[name]];

/** Every option for a reader: what it is called and what it is set to. */
export function describeOptions(options: Options): [label: string, value: string][] {
  return [
    ["Columns", options.columns?.join(", ") ?? "All"],
    ["Row limit", options.limit === undefined ? "All" : formatCount(options.limit)],
    ...choiceNames.map((name): [string, string] => [choiceLabels[name].label, choiceOf(name, options)]),
  ];
}

/** What the output will be, in one line: "NDJSON, gzip, 3 columns, 1,000 rows at most". */
export function summarizeOptions(options: Options): string {
  const { compression, columns, limit } = options;
  const parts = [choiceOf("format", options)];
  if (compression !== "none") parts.push(choiceOf("compression", options));
  if (columns !== undefined)
    parts.push(columns.length === 1 ? "1 column" : `${formatCount(columns.length)} columns`);
  if (limit !== undefined) parts.push(limit === 1 ? "1 row at most" : `${formatCount(limit)} rows at most`);
  return parts.join(", ");
}
