import type { Options } from "@unparquet/core/conversion/options";
import type { Result } from "@unparquet/core/job/schema";
import { type ColumnType, parseType, someScalar } from "../../options/column-type.ts";

/** What a snippet reads. */
export interface Output {
  url: string;
  filename: string;
  options: Options;
  columns: readonly OutputColumn[];
  /** Whether `columns` lacks some. */
  isPartial: boolean;
}

export interface OutputColumn {
  name: string;
  /** Undefined if it cannot be told from its text. */
  type: ColumnType | undefined;
}

export function outputOf(
  { url, filename, columns, columnsOmitted }: Pick<Result, "url" | "filename" | "columns" | "columnsOmitted">,
  options: Options,
): Output {
  return {
    url,
    filename,
    options,
    columns: columns.map(({ name, type }) => ({ name, type: parseType(type) })),
    isPartial: columnsOmitted > 0,
  };
}

const some = (
  { columns, isPartial }: Output,
  test: (name: string, parameters: string[]) => boolean,
): boolean => isPartial || columns.some(({ type }) => type === undefined || someScalar(type, test));

/** Whether integers may be numbers that a 64-bit float rounds. */
export const hasLongIntegers = (output: Output): boolean =>
  output.options.integers === "number" &&
  some(
    output,
    (name) =>
      name === "int64" ||
      name === "uint64" ||
      name === "variant" ||
      (name === "timestamp" && output.options.timestamps.startsWith("epoch")),
  );

/** Whether decimals may be numbers that a 64-bit float rounds. */
export const hasDecimals = (output: Output): boolean =>
  (output.options.decimals === "number" &&
    some(output, (name) => name === "decimal" || name === "variant")) ||
  (output.options.timestamps.startsWith("epoch") &&
    output.options.integers === "number" &&
    some(output, (name, [unit]) => name === "timestamp" && unit !== output.options.timestamps.slice(-2)));
