/** npm run bench:dashboard [-- --rounds N --only weight --only loads --only previews --only interactions]: speed and size of the dashboard. */
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { availableParallelism, cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs, promisify } from "node:util";
import { python } from "@unparquet/local/lib/paths";
import type { Page } from "playwright-core";
import { findChromium, launch } from "../../packages/web/test/browser.ts";
import { buildDashboard, serveBuilt } from "../../packages/web/test/built.ts";
import { Dashboard } from "../../packages/web/test/dashboard.ts";
import { writeJobs } from "../../packages/web/test/many-jobs.ts";
import { startProduct } from "../../packages/web/test/product.ts";
import { send } from "../../packages/web/test/send.ts";
import { gridActions, interactions, listActions } from "./interactions.ts";
import { medianLoad, profiles } from "./loads.ts";
import { type Preview, previews } from "./previews.ts";
import { interactionsTable, type LoadRow, loadsTable, previewsTable, report, weightTable } from "./tables.ts";
import { weights } from "./weight.ts";

const { values } = parseArgs({
  options: {
    /** Loads per row. */
    rounds: { type: "string", default: "5" },
    /** Only these parts; prints the result without writing it. */
    only: { type: "string", multiple: true },
  },
});
const rounds = Number(values.rounds);
const parts = ["weight", "loads", "previews", "interactions"];
const unknown = values.only?.find((part) => !parts.includes(part));
if (unknown) throw new Error(`--only takes one of ${parts.join(", ")} and may be repeated, not ${unknown}`);
const wanted = (part: string) => !values.only || values.only.includes(part);
const many = 5000;
/** Shapes of bench/shapes to preview, by their title in the table. */
const chosen = { "small-10MB": "11 MB, 16 columns", "wide-5000": "235 MB, 5,000 columns" };
const fixture = (name: string) => join(import.meta.dirname, "../../packages/web/test/fixtures", name);

const chromium = await findChromium(process.env);
if (!chromium) throw new Error("There is no Chromium on the PATH, and CHROMIUM names none");
const product = await startProduct();
const folder = await mkdtemp(join(tmpdir(), "unparquet-built-"));
await buildDashboard(folder);
const built = await serveBuilt(folder, product);
const browser = await launch(chromium);

const loadRows: LoadRow[] = [];
/** Loads a page with each profile. */
async function measureLoads(title: string, path: string, settled: (page: Page) => Promise<unknown>) {
  console.error(title);
  const on = (profile: keyof typeof profiles) =>
    medianLoad(rounds, browser, `${built.url}${path}`, profiles[profile], settled);
  loadRows.push({ title, desktop: await on("desktop"), mobile: await on("mobile") });
}

const jobsAre = (count: number) => (page: Page) =>
  page.getByText(`${count.toLocaleString("en")} jobs`, { exact: true }).waitFor();

const arrive = () =>
  fetch(`${product.api}/upload`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ filename: "arrived.parquet", size: 1000 }),
  });

/** Paths of shapes, creating missing files. */
async function makeFiles(shapes: string[]): Promise<string[]> {
  const folder = join(import.meta.dirname, "../../.local/bench");
  const script = join(import.meta.dirname, "../data.py");
  const { stdout } = await promisify(execFile)(python, [script, folder, ...shapes]);
  return stdout
    .trim()
    .split("\n")
    .map((line) => line.split("\t")[1] ?? "");
}

const sections: Record<string, string> = {};
try {
  const job = await send(product.api, fixture("orders.parquet"), {});
  await send(product.api, fixture("values.parquet"), {});
  // This job fails on purpose.
  await send(product.api, fixture("damaged.parquet"), {}).catch(() => undefined);

  if (wanted("weight")) {
    const names = { file: fixture("orders.parquet"), failed: "damaged.parquet", succeeded: "orders.parquet" };
    sections.weight = weightTable(await weights(browser, built.url, names));
  }
  if (wanted("loads")) {
    await measureLoads("`/`, 3 jobs", "/", jobsAre(3));
    await measureLoads("a job's page", `/jobs/${job.jobId}`, (page) =>
      page.getByRole("grid", { name: "Rows of the result" }).getByRole("gridcell").first().waitFor(),
    );
    await measureLoads("`/overview`", "/overview", (page) =>
      page.getByRole("heading", { name: "JSON written" }).waitFor(),
    );
  }
  if (wanted("previews")) {
    const files = await makeFiles(Object.keys(chosen));
    const rows: Preview[] = [];
    for (const [nth, title] of Object.values(chosen).entries()) {
      console.error(title);
      rows.push(await previews(browser, built.url, rounds, title, files[nth] ?? ""));
    }
    sections.previews = previewsTable(rows);
  }
  if (wanted("loads") || wanted("interactions")) await writeJobs(many - 3);
  if (wanted("loads")) {
    await measureLoads("`/`, 5,000 jobs", "/", jobsAre(many));
    sections.loads = loadsTable(loadRows);
  }
  if (wanted("interactions")) {
    const ready = async (page: Page) => {
      page.setDefaultTimeout(120_000);
      await page.goto(built.url);
      await jobsAre(many)(page);
      // While a job is running, the list is fetched every second.
      const dashboard = new Dashboard(page);
      await dashboard.convert(fixture("long.parquet"));
      await jobsAre(many + 1)(page);
    };
    console.error("the list");
    sections.list = interactionsTable(
      "with 5,000 jobs",
      await interactions(browser, ready, (page) => listActions(page, arrive)),
    );
    const [wide = ""] = await makeFiles(["wide-5000"]);
    const openRows = async (page: Page) => {
      page.setDefaultTimeout(120_000);
      await page.goto(built.url);
      await new Dashboard(page).choose(wide);
      await page.getByRole("tab", { name: "Rows" }).click();
      await page.getByRole("grid", { name: "Rows of the file" }).getByRole("gridcell").first().waitFor();
    };
    console.error("the grid");
    sections.grid = interactionsTable(
      "with 5,000 columns",
      await interactions(browser, openRows, gridActions),
    );
  }
} finally {
  await browser.close();
  await built.stop();
  await product.stop();
  await rm(folder, { recursive: true });
}

for (const section of Object.values(sections)) console.log(`\n${section}`);
const { loads, previews: firstLooks, list, grid, weight } = sections;
if (!values.only && loads && firstLooks && list && grid && weight) {
  const machine = `${cpus()[0]?.model}, ${availableParallelism()} cores; medians of ${rounds} visits.`;
  const text = report(machine, { loads, previews: firstLooks, list, grid, weight });
  await writeFile(join(import.meta.dirname, "../results/dashboard.md"), text);
}
