import type { Options } from "@unparquet/core/job/options";
import { formatCount } from "../../format.ts";

export const formatLabels: Record<Options["format"], string> = { ndjson: "NDJSON", json: "JSON array" };
export const compressionLabels: Record<Options["compression"], string> = {
  none: "None",
  gzip: "gzip",
  zstd: "zstd",
};
export const integerLabels: Record<Options["integers"], string> = {
  number: "Numbers, every digit",
  string: "Strings beyond 2^53",
};
export const decimalLabels: Record<Options["decimals"], string> = {
  number: "Numbers, every digit",
  string: "Strings",
};
export const binaryLabels: Record<Options["binary"], string> = {
  base64: "Base64",
  hex: "Hexadecimal",
  utf8: "Text (UTF-8)",
};
export const nonFiniteLabels: Record<Options["nonFinite"], string> = {
  null: "null",
  string: 'Strings, as "NaN"',
};

/** Every option for a reader: what it is called and what it is set to. */
export function describeOptions(options: Options): [label: string, value: string][] {
  return [
    ["Format", formatLabels[options.format]],
    ["Compression", compressionLabels[options.compression]],
    ["Columns", options.columns?.join(", ") ?? "All"],
    ["Rows at most", options.limit === undefined ? "All" : formatCount(options.limit)],
    ["Large integers", integerLabels[options.integers]],
    ["Decimals", decimalLabels[options.decimals]],
    ["Binary", binaryLabels[options.binary]],
    ["NaN and infinities", nonFiniteLabels[options.nonFinite]],
  ];
}

/** What the output will be, in one line: "NDJSON, gzip, 3 columns, 1,000 rows at most". */
export function summarizeOptions({ format, compression, columns, limit }: Options): string {
  const parts = [formatLabels[format]];
  if (compression !== "none") parts.push(compressionLabels[compression]);
  if (columns !== undefined)
    parts.push(columns.length === 1 ? "1 column" : `${formatCount(columns.length)} columns`);
  if (limit !== undefined) parts.push(`${formatCount(limit)} rows at most`);
  return parts.join(", ");
}
