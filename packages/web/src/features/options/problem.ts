import type { SchemaItem } from "@unparquet/core/conversion/engine";
import { describeMissing, missingColumn } from "./column-names.ts";
import { Options } from "./options.ts";

export const limitProblem = "The row limit is a whole number of at least 1.";

/** Why a conversion with these options cannot work, as far as options and schema tell. */
export function problemOfOptions(
  options: Partial<Options>,
  items?: readonly SchemaItem[],
): string | undefined {
  const { columns } = options;
  if (columns?.length === 0) return "Choose at least one column.";
  const parsed = Options.safeParse(options);
  const field = parsed.error?.issues[0]?.path[0];
  if (field === "limit") return limitProblem;
  if (field === "columns")
    return "Too many columns are chosen by name (16 kB at most). Choose fewer, or all.";
  if (field !== undefined) return `The option ${String(field)} is not one the API takes.`;
  if (!items) return undefined;
  const missing = missingColumn(items, columns);
  return missing === undefined ? undefined : describeMissing(items, missing);
}
