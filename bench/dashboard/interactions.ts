import { setTimeout as sleep } from "node:timers/promises";
import type { Browser, Page } from "playwright-core";
import { median } from "../functions/measure.ts";

const rounds = 5;

/** Makes the page record the time from each input to the next paint (Event Timing), in milliseconds. */
const observe = (page: Page) =>
  page.addInitScript(() => {
    const answers: number[] = [];
    Object.assign(window, { answers });
    new PerformanceObserver((entries) => {
      for (const { duration } of entries.getEntries()) answers.push(duration);
    }).observe({ type: "event", durationThreshold: 16 } as PerformanceObserverInit);
  });

/** The longest since the last call; 0 means less than 16. */
const slowestAnswer = (page: Page): Promise<number> =>
  page.evaluate(() => Math.max(0, ...(window as unknown as { answers: number[] }).answers.splice(0)));

interface TraceEvent {
  name: string;
  pid: number;
  tid: number;
  args: { name?: string };
  /** Microseconds of CPU time. */
  tdur?: number;
}

/** CPU time of the page's longest task in milliseconds: unlike wall time, independent of other programs. */
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

/** Milliseconds, one value per round. */
export interface Interaction {
  name: string;
  /** The slowest time from an input to the next paint; 0 means less than 16. */
  answers: number[];
  /** CPU time of the page's longest task. */
  tasks: number[];
}

/** Actions of a user; each starts where the previous one ended, and the last leads back to the first. */
type Actions = [string, () => Promise<unknown>][];

async function turnWheel(page: Page, turns: number, [right, down]: [number, number]) {
  await page.mouse.move(600, 600);
  for (let turn = 0; turn < turns; turn += 1) await page.mouse.wheel(right, down);
}

/** In the list of jobs. `arrive` creates a new job. */
export function listActions(page: Page, arrive: () => Promise<unknown>): Actions {
  const grid = page.getByRole("grid", { name: "Jobs" });
  const row = (nth: number) => grid.getByRole("row").nth(nth);
  const field = page.getByRole("searchbox", { name: "Filter by name" });
  const head = (name: string) => grid.getByRole("columnheader", { name }).getByRole("button");
  const chip = (status: string) => page.getByText(new RegExp(`^${status} [\\d,]+$`));
  return [
    ["Typing a name", () => field.pressSequentially("day-00", { delay: 80 })],
    ["Taking it back", () => field.fill("")],
    ["Sorting by name", () => head("Name").click()],
    ["Sorting by rows", () => head("Rows").click()],
    ["Filtering by status", () => chip("Failed").click()],
    ["All of them again", () => chip("All").click()],
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
    ["Scrolling by wheel", () => turnWheel(page, 40, [0, 800])],
    ["Scrolling to the end by wheel", () => turnWheel(page, 40, [0, 9000])],
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
          if (nth % 5 === 0) void arrive();
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
    ["Sorting by time", () => head("Created").click()],
  ];
}

/** In the rows of a chosen file with columns named `f1`, `f2`, … */
export function gridActions(page: Page): Actions {
  const grid = page.getByRole("grid", { name: "Rows of the file" });
  const field = grid.locator("xpath=../..").getByLabel("Find a column");
  const first = grid.getByRole("gridcell").first();
  const press = (key: string) => async () => {
    await grid.focus();
    await page.keyboard.press(key);
  };
  const goTo = (row: number) => async () => {
    const target = page.getByRole("textbox", { name: /^Go to row/ });
    await target.fill(String(row));
    await target.press("Enter");
  };
  return [
    ["Scrolling to the right by wheel", () => turnWheel(page, 40, [800, 0])],
    ["Scrolling down by wheel", () => turnWheel(page, 40, [0, 100])],
    ["To the last column by keyboard", press("End")],
    ["To the first column by keyboard", press("Home")],
    [
      "Cell by cell",
      async () => {
        for (let nth = 0; nth < 20; nth += 1) {
          await page.keyboard.press(nth % 2 === 0 ? "ArrowRight" : "ArrowDown");
          await sleep(50);
        }
      },
    ],
    ["Widening a column", press("Shift+ArrowRight")],
    ["Pinning it", press("p")],
    ["Unpinning it", press("p")],
    ["Finding a column", () => field.pressSequentially("123", { delay: 80 })],
    ["All columns again", () => field.fill("")],
    ["Going to a row", goTo(9_000)],
    ["Going back to the first", goTo(1)],
    ["Opening the statistics", () => page.getByRole("tab", { name: "Statistics" }).click()],
    [
      "Back to the rows",
      async () => {
        await page.getByRole("tab", { name: "Rows" }).click();
        await first.waitFor();
      },
    ],
  ];
}

/** Measures the response to a user's actions on a page that `prepare` has made ready. */
export async function interactions(
  browser: Browser,
  prepare: (page: Page) => Promise<unknown>,
  actionsOn: (page: Page) => Actions,
): Promise<Interaction[]> {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  await observe(page);
  await prepare(page);
  await sleep(2000);
  const actions = actionsOn(page);
  const found = actions.map(([name]): Interaction => ({ name, answers: [], tasks: [] }));
  for (let round = 0; round < rounds; round += 1) {
    for (const [nth, [, act]] of actions.entries()) {
      await slowestAnswer(page);
      await browser.startTracing(page, { categories: ["toplevel"] });
      await act();
      await sleep(700);
      found[nth]?.tasks.push(longestTask(await browser.stopTracing()));
      found[nth]?.answers.push(await slowestAnswer(page));
    }
  }
  await page.close();
  return found;
}

/** "16 (24)": the median and the maximum. */
export function spread(values: number[]) {
  return `${median(values)} (${Math.max(...values)})`;
}
