import type { LaneName } from "@unparquet/core/deployment";
import { table } from "../functions/tables.ts";

/** Conversions of one file. A figure that was not measured is NaN. */
export interface Row {
  inputBytes: number;
  outputBytes: number;
  /** The lane that the stage chose. */
  lane: LaneName | null;
  /** From the trigger to the end, in each lane. */
  seconds: Record<LaneName, number>;
  /** Of `POST /convert`. */
  direct: number;
  sha: string;
}

function size(bytes: number): string {
  for (const [unit, least] of [
    ["GB", 1e9],
    ["MB", 1e6],
    ["kB", 1e3],
  ] as const) {
    if (bytes >= least) return `${Number((bytes / least).toPrecision(3))} ${unit}`;
  }
  return `${bytes} B`;
}

const seconds = (value: number) => (Number.isNaN(value) ? "–" : value.toFixed(value < 10 ? 2 : 0));

/** The results page. */
export function report(machine: string, rows: Row[]): string {
  const lines = rows.map((row) => [
    size(row.outputBytes),
    size(row.inputBytes),
    `\`${row.lane}\``,
    seconds(row.seconds.lambda),
    seconds(row.seconds.shell),
    seconds(row.direct),
    `\`${row.sha.slice(0, 16)}\``,
  ]);
  const heads = ["JSON", "Parquet", "lane chosen", "`lambda` s", "`shell` s", "`POST /convert` s", "SHA-256"];
  return `# The lanes

Written by \`npm run bench:lanes\`; [what the lanes cost on AWS](../../docs/lanes.md).

Files of taxi trips, converted through the API of \`npm start\`: seconds from \`POST /trigger-job\` to \`SUCCEEDED\` in each lane, and of
\`POST /convert\` for files of up to 4 MiB. Medians; files with 1 GB of JSON and more are converted once. The JSON of all conversions of a
file has the same SHA-256, of which the table has the beginning. A dash: not measured.

The embedded AWS runs on the same cores. Its S3 is a Python program and slow, its Lambda function is warm, and its Glue starts a run at
once: these are not the seconds of AWS.

The embedded S3 keeps an upload in memory until it is complete, so 10 GB of JSON are written with \`"compression": "gzip"\`; size and SHA-256
are those of the JSON before compression.

${machine}

${table(1, heads, lines)}
`;
}
