// npm run measure -w packages/web: how long the built dashboard is busy with what a person does in a list of 5,000 jobs.
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Page } from "playwright-core";
import { findChromium, launch } from "../test/browser.ts";
import { serveBuilt } from "../test/built.ts";
import { writeJobs } from "../test/many-jobs.ts";
import { startProduct } from "../test/product.ts";

const count = 5000;
const rounds = 5;
const long = path.join(import.meta.dirname, "../test/fixtures/long.parquet");

/** Has the page note from its start on how long each input waits for the next picture (Event Timing), in milliseconds. */
const observe = (page: Page) =>
  page.addInitScript(() => {
    const answers: number[] = [];
    Object.assign(window, { answers });
    new PerformanceObserver((entries) => {
      for (const { duration } of entries.getEntries()) answers.push(duration);
    }).observe({ type: "event", durationThreshold: 16 } as PerformanceObserverInit);
  });

/** The longest since it was last asked; 0: less than 16. */
const slowestAnswer = (page: Page): Promise<number> =>
  page.evaluate(() => Math.max(0, ...(window as unknown as { answers: number[] }).answers.splice(0)));

interface TraceEvent {
  name: string;
  pid: number;
  tid: number;
  args: { name?: string };
  /** Microseconds of the processor. */
  tdur?: number;
}

/** Milliseconds of the processor that the page's longest task took, which other programs on this machine do not add to. */
function longestTask(trace: Buffer): number {
  const { traceEvents }: { traceEvents: TraceEvent[] } = JSON.parse(trace.toString());
  const place = ({ pid, tid }: TraceEvent) => `${pid}/${tid}`;
  const main = new Set(
    traceEvents
      .filter(({ name, args }) => name === "thread_name" && args.name === "CrRendererMain")
      .map(place),
  );
  const tasks = traceEvents.filter((event) => event.name.endsWith("RunTask") && main.has(place(event)));
  return Math.round(tasks.reduce((most, { tdur = 0 }) => Math.max(most, tdur), 0) / 1000);
}

const median = (values: number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

const chromium = await findChromium(process.env);
if (!chromium) throw new Error("There is no Chromium on the PATH, and CHROMIUM names none");
const product = await startProduct();
const built = await serveBuilt(product);
const browser = await launch(chromium);
try {
  await writeJobs(count);
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  await observe(page);
  const grid = page.getByRole("grid", { name: "Jobs" });
  const row = (nth: number) => grid.getByRole("row").nth(nth);
  const field = page.getByRole("searchbox", { name: "Filter by name" });
  const head = (name: string) => grid.getByRole("columnheader", { name }).getByRole("button");
  const wheel = async (turns: number, by: number) => {
    await page.mouse.move(600, 600);
    for (let turn = 0; turn < turns; turn += 1) await page.mouse.wheel(0, by);
  };
  const upload = () =>
    fetch(`${product.api}/upload`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ filename: "arrived.parquet", size: 1000 }),
    });

  /** In this order, each on from where the one before it ended; the last leads back to the first. */
  const interactions: [string, () => Promise<unknown>][] = [
    ["Typing a name", () => field.pressSequentially("day-00", { delay: 80 })],
    ["Taking it back", () => field.fill("")],
    ["Sorting by name", () => head("Name").click()],
    ["Sorting by rows", () => head("Rows").click()],
    ["Filtering by status", () => page.getByText("Failed", { exact: true }).first().click()],
    ["All of them again", () => page.getByText("All", { exact: true }).click()],
    ["Selecting one", () => row(3).getByRole("checkbox").click()],
    [
      "Selecting as far as another",
      () =>
        row(9)
          .getByRole("checkbox")
          .click({ modifiers: ["Shift"] }),
    ],
    ["Selecting all", () => grid.getByRole("checkbox", { name: /^Select all/ }).click()],
    ["Selecting none", () => page.getByRole("button", { name: "Select none" }).click()],
    [
      "Hiding a column",
      async () => {
        await page.getByRole("button", { name: "Columns" }).click();
        await page.getByRole("menuitemcheckbox", { name: "Took" }).click();
      },
    ],
    [
      "Showing it again",
      async () => {
        await page.getByRole("menuitemcheckbox", { name: "Took" }).click();
        await page.keyboard.press("Escape");
      },
    ],
    ["Opening a row's menu", () => row(4).getByRole("button", { name: "Actions" }).click()],
    ["Closing it", () => page.keyboard.press("Escape")],
    ["Scrolling by wheel", () => wheel(40, 800)],
    ["Scrolling to the end by wheel", () => wheel(40, 9000)],
    [
      "To the first by keyboard",
      async () => {
        await row(8).focus();
        await page.keyboard.press("Home");
      },
    ],
    ["To the last by keyboard", () => page.keyboard.press("End")],
    [
      "Row by row, while jobs come in",
      async () => {
        await page.keyboard.press("Home");
        for (let nth = 0; nth < 20; nth += 1) {
          await page.keyboard.press("ArrowDown");
          if (nth % 5 === 0) void upload();
          await sleep(200);
        }
      },
    ],
    ["Opening a job", () => row(5).getByRole("link").first().click()],
    [
      "Going back",
      async () => {
        await page.goBack();
        await row(5).waitFor();
      },
    ],
  ];

  const began = performance.now();
  await page.goto(built.url);
  await page.getByText("5,000 jobs", { exact: true }).waitFor({ timeout: 120_000 });
  console.log(`All ${count} jobs are there after ${((performance.now() - began) / 1000).toFixed(1)} s`);
  // Something under way has the list look every second.
  await page.getByLabel("Parquet files", { exact: true }).setInputFiles(long);
  await page.getByRole("button", { name: "Convert", exact: true }).click();
  await page.getByText("5,001 jobs", { exact: true }).waitFor();
  await sleep(2000);

  const found = new Map(interactions.map(([name]) => [name, [] as { answer: number; task: number }[]]));
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, act] of interactions) {
      await slowestAnswer(page);
      await browser.startTracing(page, { categories: ["toplevel"] });
      await act();
      await sleep(700);
      const task = longestTask(await browser.stopTracing());
      found.get(name)?.push({ answer: await slowestAnswer(page), task });
    }
    await head("Created").click();
    await sleep(500);
  }

  console.log(`Milliseconds, median and most of ${rounds} rounds:`);
  const show = (values: number[]) => `${median(values)} (${Math.max(...values)})`;
  console.table(
    Object.fromEntries(
      [...found].map(([name, times]) => [
        name,
        {
          "slowest answer": show(times.map(({ answer }) => answer)),
          "longest task, of the processor": show(times.map(({ task }) => task)),
        },
      ]),
    ),
  );
} finally {
  await browser.close();
  await built.stop();
  await product.stop();
}
