import type { SchemaItem } from "@unparquet/core/conversion/engine";
import type { JobSummary } from "@unparquet/core/job/schema";
import { type ColumnType, parseType } from "./column-type.ts";

function itemOf(name: string, path: string, type: ColumnType): SchemaItem {
  return { name, path, type: type.kind === "scalar" ? type.name : type.kind, parts: partsOf(path, type) };
}

/** Paths go through lists and maps, as the converter's do. */
function partsOf(path: string, type: ColumnType): SchemaItem[] {
  switch (type.kind) {
    case "struct":
      return type.fields.map(([name, field]) => itemOf(name, `${path}.${name}`, field));
    case "list":
      return partsOf(path, type.element);
    case "map":
      return partsOf(path, type.value);
    default:
      return [];
  }
}

/** The columns of a job's file, if its result has all of them. */
export function itemsOfResult({
  options,
  result,
}: Pick<JobSummary, "options" | "result">): SchemaItem[] | undefined {
  if (!result || options.columns !== undefined || result.columnsOmitted > 0) return undefined;
  const items = result.columns.map(({ name, type }) => {
    const parsed = parseType(type);
    return parsed && itemOf(name, name, parsed);
  });
  return items.every((item) => item !== undefined) ? items : undefined;
}
