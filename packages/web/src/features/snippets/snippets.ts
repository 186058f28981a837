import type { Options } from "@unparquet/core/conversion/options";
import type { Result } from "@unparquet/core/job/schema";
import { plainUrl, quoteScript, quoteShell, quoteSql } from "./quote.ts";

export interface Lines {
  code: string;
  /** What one has to know before trusting what they give. */
  note: string;
}

export interface Snippet extends Lines {
  tool: "curl" | "DuckDB" | "pandas" | "jq" | "fetch";
  /** For a download that may be interrupted. */
  resumable?: Lines;
}

type Output = Pick<Result, "url" | "filename"> & Pick<Options, "format" | "compression">;

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

function duckDb({ url, format, compression }: Output): Snippet {
  const shape = format === "ndjson" ? "newline_delimited" : "array";
  return {
    tool: "DuckDB",
    code: `FROM read_json(${quoteSql(url)}, format = ${quoteSql(shape)}, compression = ${quoteSql(compression)});`,
    note: "Types are guessed, and decimals become doubles; columns = {…} sets them.",
  };
}

function pandas({ url, format, compression }: Output): Snippet {
  const args = [
    quoteScript(url),
    ...(format === "ndjson" ? ["lines=True"] : []),
    ...(compression === "none" ? [] : [`compression=${quoteScript(compression)}`]),
    'dtype_backend="numpy_nullable"',
  ];
  return {
    tool: "pandas",
    code: `import pandas as pd\n\ndf = pd.read_json(${args.join(", ")})`,
    note: `Integers beyond 2^53 in a column with nulls are rounded: convert with integers as strings.${
      compression === "zstd" ? " Needs Python 3.14 or the package zstandard." : ""
    }`,
  };
}

function jq({ url, format, compression }: Output): Snippet {
  return {
    tool: "jq",
    code: `curl -fsSL ${quoteShell(url)}${unpack[compression]} | jq -c ${quoteShell(format === "ndjson" ? "." : ".[]")}`,
    note: "One row a line. jq before 1.7 rounds integers beyond 2^53.",
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
  none: "",
  gzip: " For Node 24 or newer: browsers stop after the first of several gzip members.",
  zstd: " For Node 24 or newer, and browsers; npm install fzstd.",
};

function fetchRows({ url, format, compression }: Output): Snippet {
  const parse =
    format === "ndjson"
      ? 'const rows = text.split("\\n").filter(Boolean).map((line) => JSON.parse(line, exact));'
      : "const rows = JSON.parse(text, exact);";
  return {
    tool: "fetch",
    code: `${imports[compression]}const exact = (key, value, { source }) =>
  Number.isInteger(value) && !Number.isSafeInteger(value) && /^-?\\d+$/.test(source) ? BigInt(source) : value;

const response = await fetch(${quoteScript(url)});
if (!response.ok) throw new Error(\`HTTP status \${response.status}\`);
const text = ${bodies[compression]};
${parse}`,
    note: `Integers beyond 2^53 become BigInt.${needs[compression]}`,
  };
}

/** Lines that read an output with common tools, ready to paste. */
export function snippets(output: Output): Snippet[] {
  const plain = { ...output, url: plainUrl(output.url) };
  return [curl, duckDb, pandas, jq, fetchRows].map((make) => make(plain));
}
