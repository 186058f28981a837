/** npm run bench:functions [-- --rounds N --only upload --only jobs …]: size, time and memory of the deployed functions. */
import { readFile, writeFile } from "node:fs/promises";
import { availableParallelism, cpus, platform } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { lambdaLane } from "@unparquet/core/deployment";
import { deploy, pascal } from "@unparquet/testing/deployment/deploy";
import { buildDashboard } from "../../infra/build.ts";
import { startAws } from "./aws.ts";
import { measure, summary } from "./measure.ts";
import { functionsTable, memoryTable, packagesTable, type Row, report, variantsTable } from "./tables.ts";
import { type Bundle, bundle, deployed, others, type Variant } from "./variants.ts";

const { values } = parseArgs({
  options: {
    /** Processes per row. */
    rounds: { type: "string", default: "11" },
    /** Only these functions; prints the result without writing it. */
    only: { type: "string", multiple: true },
  },
});
const rounds = Number(values.rounds);
/** Functions whose variants are shown: the largest bundle with the SDK, and one without it. */
const compared = ["jobs", "dashboard"];
/** Calls per process after the first. */
const later = ({ heavy = false }) => (heavy ? 4 : 20);

process.chdir(join(import.meta.dirname, "../.."));
const stage = await deploy("production");
const dashboard = await buildDashboard({ VITE_LAMBDA_MAX_BYTES: String(lambdaLane.outputMaxBytes) });
const page = await readFile(join(dashboard, "index.html"), "utf8");
const entry = /<script type="module"[^>]* src="([^"]+)"/.exec(page)?.[1];
if (!entry) throw new Error("The dashboard has no entry");

const aws = await startAws();
const { scenarios } = await import("./scenarios.ts");

/** A deployed function's environment, except the key of its links. */
function environment(name: string, { sourceMaps = true }: Variant): Record<string, string> {
  const { SST_KEY, SST_KEY_FILE, NODE_OPTIONS, ...variables } = stage.one(
    "aws:lambda/function:Function",
    `${pascal(name)}Function`,
  ).environment.variables;
  return { ...variables, ...aws.environment(), ...(sourceMaps && { NODE_OPTIONS }) };
}

async function made(name: string, variant: Variant): Promise<{ folder: string; bundle: Bundle }> {
  const folder = join(aws.folder, name, variant.title.replaceAll(/\W+/g, "-"));
  const properties = stage.built[pascal(name)]?.properties ?? {};
  return { folder, bundle: await bundle(name, folder, properties, variant) };
}

const rows: Row[] = [];
const variantRows: Parameters<typeof variantsTable>[0] = [];
try {
  const asked = scenarios(aws.glue, entry).filter(({ name }) => !values.only || values.only.includes(name));
  for (const scenario of asked) {
    const { name } = scenario;
    console.error(name, scenario.asked);
    const { folder, bundle } = await made(name, deployed);
    await scenario.prepare?.();
    const runs = [];
    for (let round = 0; round < rounds; round += 1) {
      const events = [];
      for (let call = 0; call <= later(scenario); call += 1) events.push(await scenario.event());
      runs.push(await measure(folder, environment(name, deployed), events));
    }
    const { memorySize: memory, timeout } = stage.one(
      "aws:lambda/function:Function",
      `${pascal(name)}Function`,
    );
    rows.push({ scenario, bundle, summary: summary(runs), configured: { memory, timeout } });
  }
  for (const name of compared.filter((given) => asked.some((scenario) => scenario.name === given))) {
    const ways = await Promise.all(
      [deployed, ...others].map(async (variant) => ({ variant, ...(await made(name, variant)) })),
    );
    // Interleaved, so that other load on this machine affects all of them.
    const runs = new Map(ways.map(({ variant }) => [variant, [] as Awaited<ReturnType<typeof measure>>[]]));
    for (let round = 0; round < rounds; round += 1) {
      for (const { variant, folder } of ways) {
        runs.get(variant)?.push(await measure(folder, environment(name, variant), []));
      }
    }
    for (const { variant, bundle } of ways) {
      const { title } = variant;
      variantRows.push({ name, title, bundle, summary: summary(runs.get(variant) ?? []) });
    }
  }
} finally {
  await aws.stop();
}

const largest = rows.toSorted((a, b) => b.bundle.bytes - a.bundle.bytes)[0];
if (!largest) throw new Error("There is no such function");
const machine = `${cpus()[0]?.model}, ${availableParallelism()} cores, ${platform()}, Node ${process.versions.node}; ${rounds} processes a line.`;
const text = report(machine, {
  functions: functionsTable(rows),
  packages: packagesTable(largest.scenario.name, largest.bundle),
  variants: variantsTable(variantRows),
  memory: memoryTable(rows),
});

console.log(text);
if (!values.only) await writeFile("bench/results/functions.md", text);
