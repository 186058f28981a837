import { duration, price } from "./lambda.ts";
import type { Summary } from "./measure.ts";
import type { Scenario } from "./scenarios.ts";
import type { Bundle } from "./variants.ts";

/** A Markdown table: the first `texts` columns are left-aligned, the others right-aligned. */
export function table(texts: number, head: string[], rows: string[][]) {
  return [head, head.map((_, i) => (i < texts ? "---" : "--:")), ...rows]
    .map((cells) => `| ${cells.join(" | ")} |`)
    .join("\n");
}

const kB = (bytes: number) => Math.round(bytes / 1000).toLocaleString("en");
const ms = (milliseconds: number) => milliseconds.toFixed(milliseconds < 10 ? 1 : 0);

export interface Configured {
  memory: number;
  timeout: number;
}

/** One scenario of a function as deployed. */
export interface Row {
  scenario: Scenario;
  bundle: Bundle;
  summary: Summary;
  configured: Configured;
}

export function functionsTable(rows: Row[]) {
  return table(
    2,
    ["function", "request", "kB", "gzip", "load ms", "CPU", "first ms", "CPU", "warm ms", "CPU", "peak MiB"],
    rows.map(({ scenario, bundle, summary: { load, first, warm, rss } }) => [
      `\`${scenario.name}\``,
      scenario.asked,
      ...[bundle.bytes, bundle.gzip].map(kB),
      ...[load, first, warm].flatMap(({ wall, cpu }) => [ms(wall), ms(cpu)]),
      rss.toFixed(0),
    ]),
  );
}

export function variantsTable(rows: { name: string; title: string; bundle: Bundle; summary: Summary }[]) {
  return table(
    2,
    ["function", "build", "kB", "gzip", "load ms", "CPU", "peak MiB"],
    rows.map(({ name, title, bundle, summary: { load, rss } }) => [
      `\`${name}\``,
      title,
      ...[bundle.bytes, bundle.gzip].map(kB),
      ms(load.wall),
      ms(load.cpu),
      rss.toFixed(0),
    ]),
  );
}

export function packagesTable(name: string, { packages }: Bundle) {
  return table(
    1,
    [`in \`${name}\``, "kB"],
    [...packages]
      .toSorted(([, a], [, b]) => b - a)
      .slice(0, 15)
      .map(([named, bytes]) => [named, kB(bytes)]),
  );
}

const sizes = [256, 512, 1024, 1769];

/** For each memory size: duration of a cold and a warm call, and the price of a million warm ones. */
export function memoryTable(rows: Row[]) {
  return table(
    2,
    ["function", "request", ...sizes.map((size) => `${size} MB`), "deployed with"],
    rows.map(({ scenario, summary: { load, first, warm }, configured: { memory, timeout } }) => [
      `\`${scenario.name}\``,
      scenario.asked,
      ...sizes.map((size) => {
        const cold = duration(load, size) + duration(first, size);
        const usual = duration(warm, size);
        return `${ms(cold)} / ${ms(usual)} · $${price(usual, size).toFixed(2)}`;
      }),
      `${memory} MB, ${timeout} s`,
    ]),
  );
}

/** The results page. */
export function report(
  machine: string,
  sections: Record<"functions" | "packages" | "variants" | "memory", string>,
) {
  return `# The deployed functions

Written by \`npm run bench:functions\`; [summary](../../docs/functions.md).

It bundles the handlers with the options of \`infra/function.ts\`, as \`sst deploy\` does, and runs each bundle in fresh processes
with a function's environment: load, first call, more calls. S3 and DynamoDB are emulated, and Glue is a
script. Figures are medians, in milliseconds of wall time and of CPU time. Wall time includes the emulated AWS
on the same cores, so compare by CPU time.

${machine}

## As deployed

${sections.functions}

## Packages of the largest bundle

${sections.packages}

## Other builds

${sections.variants}

## With more or less memory

A function gets CPU in proportion to its memory, [a whole core at 1,769 MB](https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html).
So a call takes its waiting time plus its CPU time divided by its share of a core. Computed from the figures above: milliseconds of
a cold call (load and first call) and of a warm one, and the cost of a million warm ones ([ARM, us-east-1](https://aws.amazon.com/lambda/pricing/):
$0.0000133334 a GB-second, $0.20 a million requests). Cold calls are an upper bound: Lambda may give more CPU while a function
loads. Waiting times are those of the emulated AWS.

${sections.memory}
`;
}
