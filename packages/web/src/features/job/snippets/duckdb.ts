import type { Options } from "@unparquet/core/conversion/options";
import { type ColumnType, epochNumber } from "../../options/column-type.ts";
import type { Output } from "./output.ts";
import { quoteSql } from "./quote.ts";

const quoteName = (name: string) => `"${name.replaceAll('"', '""')}"`;

/** DuckDB takes names that differ only in case for one, and has no empty ones. */
const hasUsableNames = (names: readonly string[]): boolean =>
  names.length > 0 &&
  !names.includes("") &&
  new Set(names.map((name) => name.toLowerCase())).size === names.length;

const names: Record<string, string> = {
  bool: "BOOLEAN",
  int8: "TINYINT",
  int16: "SMALLINT",
  int32: "INTEGER",
  int64: "BIGINT",
  uint8: "UTINYINT",
  uint16: "USMALLINT",
  uint32: "UINTEGER",
  uint64: "UBIGINT",
  float16: "FLOAT",
  float32: "FLOAT",
  float64: "DOUBLE",
  uuid: "UUID",
  date: "DATE",
  variant: "JSON",
  null: "JSON",
  unknown: "JSON",
};

function scalarType(name: string, parameters: string[], options: Options): string {
  const [first = "", second] = parameters;
  if (name === "decimal") {
    const precision = Number(first);
    return precision <= 38 && Number(second) <= precision ? `DECIMAL(${precision}, ${second})` : "VARCHAR";
  }
  if (name === "time") return first === "ns" ? "TIME_NS" : "TIME";
  if (name === "timestamp") {
    if (options.timestamps !== "iso") {
      const { decimals, fits64 } = epochNumber(first, options.timestamps);
      if (decimals > 0) return `DECIMAL(38, ${decimals})`;
      return fits64 ? "BIGINT" : "HUGEINT";
    }
    return `${second ? "TIMESTAMPTZ" : "TIMESTAMP"}${first === "ns" ? "_NS" : ""}`;
  }
  // Text, bytes and intervals.
  return names[name] ?? "VARCHAR";
}

/** The DuckDB type that keeps what the options write for a type. */
export function duckDbType(type: ColumnType | undefined, options: Options): string {
  switch (type?.kind) {
    case undefined:
    case "set":
      return "JSON";
    case "scalar":
      return scalarType(type.name, type.parameters, options);
    case "list":
      return `${duckDbType(type.element, options)}[]`;
    case "map":
      // A key that is no scalar makes pairs of it.
      return type.key.kind === "scalar" ? `MAP(VARCHAR, ${duckDbType(type.value, options)})` : "JSON";
    case "struct": {
      if (!hasUsableNames(type.fields.map(([name]) => name))) return "JSON";
      const fields = type.fields.map(([name, field]) => `${quoteName(name)} ${duckDbType(field, options)}`);
      return `STRUCT(${fields.join(", ")})`;
    }
  }
}

/** Arguments of `read_json` that say the types of the columns, and whether every column has its own. */
export function duckDbColumns({ columns, isPartial, options }: Output): {
  lines: string[];
  isTyped: boolean;
} {
  if (isPartial) return { lines: ["map_inference_threshold = -1", "sample_size = -1"], isTyped: false };
  if (!hasUsableNames(columns.map(({ name }) => name))) {
    return { lines: ["records = false", "columns = {row: 'JSON'}"], isTyped: false };
  }
  const types = columns.map(
    ({ name, type }) => `    ${quoteName(name)}: ${quoteSql(duckDbType(type, options))}`,
  );
  return { lines: [`columns = {\n${types.join(",\n")}\n  }`], isTyped: true };
}
