import type { Options } from "@unparquet/core/conversion/options";
import { type ColumnType, epochNumber, someScalar } from "../../options/column-type.ts";
import { hasDecimals, type Output, type OutputColumn } from "./output.ts";
import { quoteScript } from "./quote.ts";

const openers = {
  none: { module: "", open: (source: string) => source },
  gzip: { module: "gzip", open: (source: string) => `gzip.open(${source})` },
  zstd: {
    module: "zstandard",
    open: (source: string) =>
      `io.BufferedReader(zstandard.ZstdDecompressor().stream_reader(${source}, read_across_frames=True))`,
  },
};

/** Whether JSON numbers with a point have to be read as Decimal, which then also goes for floats. */
const readsDecimals = hasDecimals;

/** The Python function that makes the value of a column's JSON, where that is not the JSON value itself. */
function reader({ type }: OutputColumn, output: Output, tool: "pandas" | "Polars"): string | undefined {
  if (type?.kind !== "scalar") return undefined;
  const { options } = output;
  const [unit = ""] = type.parameters;
  if (/^u?int64$/.test(type.name)) return options.integers === "string" ? "int" : undefined;
  if (type.name === "decimal") return tool === "Polars" && Number(unit) > 38 ? "str" : "Decimal";
  if (type.name.startsWith("float")) {
    return readsDecimals(output) || options.nonFinite === "string" ? "float" : undefined;
  }
  if (type.name === "timestamp" && options.timestamps !== "iso") {
    if (epochNumber(unit, options.timestamps).decimals > 0) return "Decimal";
    return options.integers === "string" ? "int" : undefined;
  }
  return undefined;
}

/** Lines that read every row into a list of dicts, `rows`, without rounding anything. */
function readRows(output: Output, tool: "pandas" | "Polars"): string {
  const { url, options, columns, isPartial } = output;
  const { module, open } = openers[options.compression];
  const readers = isPartial
    ? []
    : columns.flatMap((column) => {
        const read = reader(column, output, tool);
        return read ? [`    ${quoteScript(column.name)}: ${read},`] : [];
      });
  const usesDecimal = readsDecimals(output) || readers.some((line) => line.endsWith(": Decimal,"));
  const exact = readsDecimals(output) ? ", parse_float=Decimal" : "";
  const file = open(`urlopen(${quoteScript(url)})`);
  return [
    ...(module === "gzip" ? ["import gzip"] : []),
    ...(module === "zstandard" ? ["import io"] : []),
    "import json",
    ...(usesDecimal ? ["from decimal import Decimal"] : []),
    "from urllib.request import urlopen",
    "",
    tool === "pandas" ? "import pandas as pd" : "import polars as pl",
    ...(module === "zstandard" ? ["import zstandard"] : []),
    "",
    `with ${file} as file:`,
    options.format === "ndjson"
      ? `    rows = [json.loads(line${exact}) for line in file]`
      : `    rows = json.load(file${exact})`,
    ...(readers.length > 0
      ? [
          "",
          "readers = {",
          ...readers,
          "}",
          "for row in rows:",
          "    for name, read in readers.items():",
          "        if row.get(name) is not None:",
          "            row[name] = read(row[name])",
        ]
      : []),
    "",
    "",
  ].join("\n");
}

const capital = (name: string) => name.replace(/^u?i/, (start) => start.toUpperCase()).replace(/^f/, "F");

function pandasType({ type }: OutputColumn, options: Options): string {
  if (type?.kind !== "scalar") return "object";
  const [first = "", second] = type.parameters;
  switch (type.name) {
    case "bool":
      return '"boolean"';
    case "float16":
      return '"Float32"';
    case "date":
      return '"datetime64[s]"';
    case "timestamp": {
      if (options.timestamps === "iso") return `"datetime64[${first}${second ? ", UTC" : ""}]"`;
      const { decimals, fits64 } = epochNumber(first, options.timestamps);
      return decimals === 0 && fits64 ? '"Int64"' : "object";
    }
    case "decimal":
    case "time":
    case "variant":
    case "null":
    case "unknown":
      return "object";
  }
  return /^(u?int|float)\d/.test(type.name) ? `"${capital(type.name)}"` : '"string"';
}

export function pandasCode(output: Output): string {
  const start = readRows(output, "pandas");
  if (output.isPartial) return `${start}df = pd.DataFrame(rows, dtype=object)`;
  const types = output.columns.map(
    (column) => `    ${quoteScript(column.name)}: ${pandasType(column, output.options)},`,
  );
  return `${start}types = {
${types.join("\n")}
}
values = [[row.get(name) for name in types] for row in rows]
df = pd.DataFrame(values, columns=list(types), dtype=object).astype(types)`;
}

/** Undefined if Polars has no type for all its values as JSON has them. */
function polarsType(type: ColumnType | undefined, output: Output, isNested: boolean): string | undefined {
  const { options } = output;
  if (type === undefined) return undefined;
  switch (type.kind) {
    case "list": {
      const element = polarsType(type.element, output, true);
      return element && `pl.List(${element})`;
    }
    case "struct": {
      const fields = type.fields.map(([name, field]) => [name, polarsType(field, output, true)]);
      if (fields.length === 0 || fields.some(([, field]) => field === undefined)) return undefined;
      return `pl.Struct({${fields.map(([name, field]) => `${quoteScript(name ?? "")}: ${field}`).join(", ")}})`;
    }
    case "map":
    case "set":
      return undefined;
  }
  const [first = "", second] = type.parameters;
  const { name } = type;
  // Nested values are as JSON has them: only columns have a reader.
  if (isNested && /^u?int64$/.test(name) && options.integers === "string") return undefined;
  if (isNested && name.startsWith("float") && (options.nonFinite === "string" || readsDecimals(output)))
    return undefined;
  if (/^u?int\d/.test(name)) return `pl.${name.startsWith("u") ? `UI${name.slice(2)}` : `I${name.slice(1)}`}`;
  switch (name) {
    case "bool":
      return "pl.Boolean";
    case "float16":
    case "float32":
      return "pl.Float32";
    case "float64":
      return "pl.Float64";
    case "decimal":
      if (isNested && options.decimals === "string") return "pl.String";
      return Number(first) <= 38 && Number(second) <= Number(first)
        ? `pl.Decimal(${first}, ${second})`
        : isNested
          ? undefined
          : "pl.String";
    case "timestamp": {
      if (options.timestamps === "iso") return "pl.String";
      const { decimals, fits64 } = epochNumber(first, options.timestamps);
      if (isNested && options.integers === "string") return undefined;
      if (decimals > 0) return isNested ? undefined : `pl.Decimal(38, ${decimals})`;
      return fits64 ? "pl.Int64" : "pl.Int128";
    }
    case "variant":
    case "unknown":
      return undefined;
    case "null":
      return "pl.Null";
  }
  return "pl.String";
}

/** Int96 has this type, too, and Polars would wrap its years beyond 2262. */
const staysText = ({ name, parameters: [unit, utc] }: { name: string; parameters: string[] }) =>
  name === "timestamp" && unit === "ns" && utc === undefined;

/** Whether a column of timestamps stays text in Polars. */
export const hasPolarsText = ({ columns, options }: Output): boolean =>
  options.timestamps === "iso" && columns.some(({ type }) => type?.kind === "scalar" && staysText(type));

/** The expression that makes times of a column of text. */
function polarsTime({ name, type }: OutputColumn, options: Options): string | undefined {
  if (type?.kind !== "scalar") return undefined;
  const [unit = "", utc] = type.parameters;
  const text = `df[${quoteScript(name)}].str`;
  if (type.name === "date") return `${text}.to_date("%Y-%m-%d")`;
  if (type.name === "time") return `${text}.to_time("%H:%M:%S%.f")`;
  if (type.name !== "timestamp" || options.timestamps !== "iso" || staysText(type)) return undefined;
  const format = `"%Y-%m-%dT%H:%M:%S%.f${utc ? "Z" : ""}"`;
  return `${text}.to_datetime(${format}, time_unit="${unit}"${utc ? ', time_zone="UTC"' : ""})`;
}

export function polarsCode(output: Output): string {
  const start = readRows(output, "Polars");
  const { columns, options, isPartial } = output;
  if (isPartial) return `${start}df = pl.DataFrame(rows, infer_schema_length=None)`;
  const types = columns.map(
    ({ name, type }) => `    ${quoteScript(name)}: ${polarsType(type, output, false) ?? "pl.Object"},`,
  );
  const times = columns.flatMap((column) => polarsTime(column, options) ?? []);
  const end =
    times.length === 0 ? "" : `\ndf = df.with_columns(\n${times.map((time) => `    ${time},\n`).join("")})`;
  return `${start}types = {
${types.join("\n")}
}
df = pl.DataFrame(
    [pl.Series(name, [row.get(name) for row in rows], dtype=type) for name, type in types.items()]
)${end}`;
}

/** Whether a column stays as Python objects in Polars. */
export const hasPolarsObjects = (output: Output): boolean =>
  !output.isPartial && output.columns.some(({ type }) => polarsType(type, output, false) === undefined);

export const hasNestedFloats = (output: Output): boolean =>
  readsDecimals(output) &&
  output.columns.some(
    ({ type }) => type?.kind !== "scalar" && someScalar(type, (name) => name.startsWith("float")),
  );
