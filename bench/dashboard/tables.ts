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

export const loadsTable = (rows: LoadRow[]) =>
  table(
    1,
    ["page", "FCP s", "LCP s", "TBT ms", "CLS", "phone: FCP s", "LCP s", "TBT ms", "CLS"],
    rows.map(({ title, desktop, mobile }) => [title, ...figures(desktop), ...figures(mobile)]),
  );

export const previewsTable = (previews: Preview[]) =>
  table(
    1,
    ["file", "JSON s", "next file s", "option s", "rows s", "statistics s"],
    previews.map(({ title, first, next, option, rows, statistics }) => [
      title,
      ...[first, next, option, rows, statistics].map(seconds),
    ]),
  );

export const weightTable = (weights: Weight[]) =>
  table(
    1,
    ["for", "files", "Brotli kB", "gzip kB", "plain kB"],
    weights.map(({ step, files, plain, gzip, brotli }) => [
      step,
      String(files),
      ...[brotli, gzip, plain].map(kB),
    ]),
  );

export const interactionsTable = (found: Interaction[]) =>
  table(
    1,
    ["with 5,000 jobs", "slowest answer ms", "longest task ms"],
    found.map(({ name, answers, tasks }) => [name, spread(answers), spread(tasks)]),
  );
