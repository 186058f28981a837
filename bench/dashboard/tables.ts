import { table } from "../functions/tables.ts";
import { type Interaction, spread } from "./interactions.ts";
import type { Load } from "./loads.ts";
import type { Preview } from "./previews.ts";
import type { Weight } from "./weight.ts";

const kB = (bytes: number) =>
  (bytes / 1000).toLocaleString("en", { maximumFractionDigits: bytes < 1e4 ? 1 : 0 });
const seconds = (ms: number) => (ms / 1000).toFixed(2);

export interface LoadRow {
  title: string;
  desktop: Load;
  mobile: Load;
}

const figures = ({ fcp, lcp, cls, tbt }: Load) => [
  seconds(fcp),
  seconds(lcp),
  tbt.toFixed(0),
  cls.toFixed(3),
];

export function loadsTable(rows: LoadRow[]) {
  return table(
    1,
    ["page", "FCP s", "LCP s", "TBT ms", "CLS", "phone: FCP s", "LCP s", "TBT ms", "CLS"],
    rows.map(({ title, desktop, mobile }) => [title, ...figures(desktop), ...figures(mobile)]),
  );
}

export function previewsTable(previews: Preview[]) {
  return table(
    1,
    ["file", "JSON s", "next file s", "option s", "rows s", "statistics s"],
    previews.map(({ title, first, next, option, rows, statistics }) => [
      title,
      ...[first, next, option, rows, statistics].map(seconds),
    ]),
  );
}

export function weightTable(weights: Weight[]) {
  return table(
    1,
    ["for", "files", "Brotli kB", "gzip kB", "plain kB"],
    weights.map(({ step, files, plain, gzip, brotli }) => [
      step,
      String(files),
      ...[brotli, gzip, plain].map(kB),
    ]),
  );
}

export function interactionsTable(title: string, found: Interaction[]) {
  return table(
    1,
    [title, "slowest response ms", "longest task ms"],
    found.map(({ name, answers, tasks }) => [name, spread(answers), spread(tasks)]),
  );
}

/** The results page. */
export function report(
  machine: string,
  sections: Record<"loads" | "previews" | "list" | "grid" | "weight", string>,
) {
  return `# The dashboard in a browser

Written by \`npm run bench:dashboard\`; [summary](../../docs/dashboard.md#speed).

Opens the deployed build of the dashboard on this machine, in Chromium with an empty cache. *Phone* is Lighthouse's profile: 360 pixels
wide, a CPU four times slower, 1.6 Mbit/s and 150 ms more latency. Browser, functions, storage and table share the
cores, so one run can take up to 2.5 times as long as another.

${machine}

## Pages

FCP and LCP are the first and largest contentful paint, CLS is the cumulative layout shift. TBT (total blocking time) adds up the
part beyond 50 ms of every long task until all jobs are loaded.

${sections.loads}

## A chosen file

Time until a file's JSON shows: with an empty cache, including the download of the WebAssembly module; as the next file; after an
option changes, including a deliberate delay of 0.15 s. Then the time until its rows and its statistics show.

${sections.previews}

## Interactions

Median (maximum) of five rounds: the time from an input to the next paint, and the page's longest task.

${sections.list}

The rows of a chosen file of 235 MB:

${sections.grid}

## Download size

The list of jobs with an empty cache, including all chunks, styles and the font; then what each action adds.

${sections.weight}
`;
}
