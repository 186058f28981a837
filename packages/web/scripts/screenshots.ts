// npm run screenshots -w packages/web: the pictures of the documentation, taken of the product as it runs, by hand of a browser.
import { execFile } from "node:child_process";
import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { python, root } from "@unparquet/local/lib/paths";
import type { Browser, Page } from "playwright-core";
import { findChromium, launch } from "../test/browser.ts";
import { Dashboard } from "../test/dashboard.ts";
import { startProduct } from "../test/product.ts";

const images = path.join(root, "docs/images");
const job = "yellow_tripdata_2026-06.parquet";
const running = "clickstream_2026-07-03.parquet";
const damaged = "sensor_readings.parquet";
const views = [
  { suffix: "", width: 1440, height: 940 },
  { suffix: "-phone", width: 360, height: 780 },
];

/** Leaves some jobs done, one failed, one cancelled and one under way. */
async function work(browser: Browser, address: string, files: string): Promise<void> {
  const page = await browser.newPage();
  const dashboard = new Dashboard(page);
  const set = (option: string, value: string) =>
    page.getByRole("radiogroup", { name: option }).getByText(value, { exact: true }).click();
  // What is changed for one file is kept for the next.
  const change: Record<string, () => Promise<void>> = {
    "invoices_2026-q2.parquet": async () => {
      await set("Format", "JSON array");
      await set("Compression", "gzip");
    },
    [job]: async () => {
      await set("Format", "NDJSON");
      await set("Compression", "None");
    },
  };
  const send = async (filename: string, status: string) => {
    await dashboard.choose(path.join(files, filename));
    await change[filename]?.();
    await dashboard.convert();
    await dashboard.row(filename).getByText(status).waitFor({ timeout: 120_000 });
  };
  await page.goto(address);
  await send("clickstream_2026-07-02.parquet", "Running");
  await page.getByRole("button", { name: "Cancel clickstream_2026-07-02.parquet" }).click();
  await send(damaged, "Failed");
  await send("customers.parquet", "Succeeded");
  await send("invoices_2026-q2.parquet", "Succeeded");
  await send(job, "Succeeded");
  await send(running, "Running");
  await page.close();
}

/** Takes every page as somebody sees it, in both colour schemes, on a desk and on a phone. */
async function eachPage(
  browser: Browser,
  visit: (page: Page, shoot: (name: string) => Promise<void>) => Promise<void>,
): Promise<void> {
  for (const colorScheme of ["light", "dark"] as const) {
    for (const { suffix, width, height } of views) {
      const page = await browser.newPage({ colorScheme, viewport: { width, height } });
      await visit(page, async (name) => {
        await page.evaluate(() => document.fonts.ready);
        await page.screenshot({ path: path.join(images, `${name}${suffix}-${colorScheme}.png`) });
      });
      await page.close();
    }
  }
}

const takeEmpty = (browser: Browser, address: string) =>
  eachPage(browser, async (page, shoot) => {
    await page.goto(address);
    await page.getByText("No jobs yet").waitFor();
    await shoot("empty");
  });

/** While a job is under way. */
const takeRunning = (browser: Browser, address: string) =>
  eachPage(browser, async (page, shoot) => {
    const dashboard = new Dashboard(page);
    await page.goto(address);
    await dashboard.jobs.getByText(/^[2-9]\d%$/).waitFor({ timeout: 120_000 });
    await shoot("dashboard");
    await dashboard.open(running);
    await page.getByText(/rows a second/).waitFor();
    await shoot("running");
  });

/** Its gigabytes would keep the embedded S3 busy while the other pictures are taken. */
async function endRunning(browser: Browser, address: string): Promise<void> {
  const page = await browser.newPage();
  await page.goto(address);
  await page.getByRole("button", { name: `Cancel ${running}` }).click();
  await new Dashboard(page).row(running).getByText("Cancelled").waitFor();
  await page.close();
}

const takeOthers = (browser: Browser, address: string, files: string) =>
  eachPage(browser, async (page, shoot) => {
    const dashboard = new Dashboard(page);
    await page.goto(address);
    await dashboard.choose(path.join(files, job));
    await page.getByRole("region", { name: "Sample of the JSON" }).waitFor();
    await page.getByRole("radiogroup", { name: "Format" }).waitFor();
    await shoot("chosen");
    await page.goto(`${address}/overview`);
    await page.getByText(/^All \d+ jobs/).waitFor();
    await shoot("overview");
    await page.goto(address);
    await dashboard.open(job);
    await page.getByRole("grid", { name: "Rows of the result" }).waitFor();
    await shoot("job");
    await page.goto(address);
    await dashboard.open(damaged);
    await page.getByText("corrupt_file", { exact: true }).waitFor();
    await shoot("failed");
  });

const chromium = await findChromium(process.env);
if (!chromium) throw new Error("There is no Chromium on the PATH, and CHROMIUM names none");
const files = await fs.mkdtemp(path.join(os.tmpdir(), "unparquet-demo-"));
const product = await startProduct();
const browser = await launch(chromium);
try {
  // pyarrow is there after the set-up of the tests: node scripts/setup.mjs --test
  await promisify(execFile)(python, [path.join(import.meta.dirname, "demo.py"), files]);
  await fs.mkdir(images, { recursive: true });
  await takeEmpty(browser, product.dashboard);
  await work(browser, product.dashboard, files);
  await takeRunning(browser, product.dashboard);
  await endRunning(browser, product.dashboard);
  await takeOthers(browser, product.dashboard, files);
} finally {
  await browser.close();
  await product.stop();
  await fs.rm(files, { recursive: true, force: true });
}
