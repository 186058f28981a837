import { someScalar } from "../../options/column-type.ts";
import { duckDbColumns } from "./duckdb.ts";
import { hasDecimals, hasLongIntegers, type Output } from "./output.ts";
import { hasNestedFloats, hasPolarsObjects, hasPolarsText, pandasCode, polarsCode } from "./python.ts";
import { plainUrl, quoteScript, quoteShell, quoteSql } from "./quote.ts";

export interface Lines {
  code: string;
  /** What one has to know before trusting what they give. */
  note: string;
}

export interface Snippet extends Lines {
  tool: "curl" | "DuckDB" | "pandas" | "Polars" | "jq" | "fetch";
  /** For a download that may be interrupted. */
  resumable?: Lines;
}

const unpack = { none: "", gzip: " | gunzip", zstd: " | zstd -d" };

/** A name for a part of this output and no other: an output's address ends with its job, its attempt and its file name. */
function partName(url: string): string {
  const [jobId, attempt] = url.split("/").slice(-3);
  return `${jobId}-${attempt}.part`;
}

function curl({ url, filename }: Output): Snippet {
  const part = quoteShell(partName(url));
  // A name may begin as an option does.
  const file = quoteShell(filename.startsWith("-") ? `./${filename}` : filename);
  return {
    tool: "curl",
    code: `curl -fLo ${file} ${quoteShell(url)}`,
    note: "Downloads the file.",
    // Resumed under the file's own name, curl would append to a file of that name, whatever it holds.
    resumable: {
      code: `curl -fL -C - -o ${part} ${quoteShell(url)} && mv ${part} ${file}`,
      note: "After an interruption, the same line continues where it stopped.",
    },
  };
}

function sentences(...parts: (string | false | undefined)[]): string {
  return parts.filter(Boolean).join(" ");
}

const tooWide = "There are too many columns to list their types.";

function duckDb(output: Output): Snippet {
  const { format, compression, decimals } = output.options;
  const { lines, isTyped } = duckDbColumns(output);
  const shape = format === "ndjson" ? "newline_delimited" : "array";
  const args = [
    quoteSql(output.url),
    `format = ${quoteSql(shape)}`,
    `compression = ${quoteSql(compression)}`,
    ...lines,
  ];
  const isGuessed = output.isPartial;
  const wide = output.columns.some(({ type }) =>
    someScalar(type, (name, [precision]) => name === "decimal" && Number(precision) > 38),
  );
  return {
    tool: "DuckDB",
    code: `FROM read_json(\n${args.map((arg) => `  ${arg}`).join(",\n")}\n);`,
    note: sentences(
      isTyped && "Every column has the type it has in the file.",
      isGuessed && `${tooWide} DuckDB guesses them, and decimals become doubles.`,
      !isTyped && !isGuessed && "DuckDB cannot name these columns, so each row is one JSON value.",
      wide &&
        decimals === "number" &&
        "Decimals of more than 38 digits are rounded: convert with decimals as strings.",
    ),
  };
}

const pythonNeeds = (output: Output) =>
  sentences(
    output.isPartial && tooWide,
    hasNestedFloats(output) && "Floats in nested columns are Decimal.",
    output.options.compression === "zstd" && "Needs the package zstandard.",
  );

function pandas(output: Output): Snippet {
  return {
    tool: "pandas",
    code: pandasCode(output),
    note: sentences("Keeps every digit; decimals are Decimal.", pythonNeeds(output)),
  };
}

function polars(output: Output): Snippet {
  return {
    tool: "Polars",
    code: polarsCode(output),
    note: sentences(
      "Keeps every digit.",
      hasPolarsObjects(output) && "Columns that Polars has no type for are Python objects.",
      hasPolarsText(output) &&
        "Local timestamps in nanoseconds stay text, as Polars would wrap years it cannot hold.",
      pythonNeeds(output),
    ),
  };
}

function jq(output: Output): Snippet {
  const { format, compression } = output.options;
  const filter = quoteShell(format === "ndjson" ? "." : ".[]");
  return {
    tool: "jq",
    code: `curl -fsSL ${quoteShell(output.url)}${unpack[compression]} | jq -c ${filter}`,
    note: sentences(
      "One row a line.",
      (hasLongIntegers(output) || hasDecimals(output)) &&
        "jq before 1.7 rounds numbers of more than 15 digits.",
    ),
  };
}

const bodies = {
  none: "await response.text()",
  gzip: "gunzipSync(await response.bytes()).toString()",
  // Of what Node itself offers for zstd, all stops after the first of several frames.
  zstd: "new TextDecoder().decode(decompress(await response.bytes()))",
};
const imports = {
  none: "",
  gzip: 'import { gunzipSync } from "node:zlib";\n\n',
  zstd: 'import { decompress } from "fzstd";\n\n',
};

const needs = {
  none: undefined,
  gzip: "For Node 24 or newer: browsers stop after the first of several gzip members.",
  zstd: "For Node 24 or newer, and browsers; npm install fzstd.",
};

function fetchRows(output: Output): Snippet {
  const { format, compression } = output.options;
  const parse =
    format === "ndjson"
      ? 'const rows = text.split("\\n").filter(Boolean).map((line) => JSON.parse(line, exact));'
      : "const rows = JSON.parse(text, exact);";
  return {
    tool: "fetch",
    code: `${imports[compression]}const exact = (key, value, { source }) =>
  Number.isInteger(value) && !Number.isSafeInteger(value) && /^-?\\d+$/.test(source) ? BigInt(source) : value;

const response = await fetch(${quoteScript(output.url)});
if (!response.ok) throw new Error(\`HTTP status \${response.status}\`);
const text = ${bodies[compression]};
${parse}`,
    note: sentences(
      hasLongIntegers(output) && "Integers beyond 2^53 become BigInt.",
      hasDecimals(output) &&
        "Decimals are rounded to 64-bit floats: convert with decimals as strings to keep every digit.",
      needs[compression],
    ),
  };
}

/** Lines that read an output with common tools, ready to paste. */
export function snippets(output: Output): Snippet[] {
  const plain = { ...output, url: plainUrl(output.url) };
  return [curl, duckDb, pandas, polars, jq, fetchRows].map((make) => make(plain));
}
