import fs from "node:fs/promises";
import path from "node:path";
import { Engine, type EngineFile } from "@unparquet/core/conversion/engine";
import type { Options } from "@unparquet/core/conversion/options";
import { root } from "@unparquet/local/lib/paths";
import type { Locator, Page } from "playwright-core";
import { beforeAll, describe, expect, test } from "vitest";
import type { Dashboard } from "./dashboard.ts";
import { send } from "./send.ts";
import { describeInBrowser, fixture } from "./visit.ts";

const rows = 1_000_000;

describeInBrowser("the grid of rows", (session) => {
  let page: Page;
  let dashboard: Dashboard;
  let complaints: string[];
  let engine: Engine;
  let bytes: Buffer;

  beforeAll(async () => {
    const wasm = await fs.readFile(path.join(root, "glue/wasm/unparquet.wasm"));
    engine = new Engine(await WebAssembly.compile(wasm));
    bytes = await fs.readFile(fixture("million.parquet"));
    ({ page, dashboard, complaints } = await session.visit({
      viewport: { width: 1280, height: 900 },
      permissions: ["clipboard-read", "clipboard-write"],
    }));
  });

  const clipboard = () => page.evaluate(() => navigator.clipboard.readText());
  const press = async (...keys: string[]) => {
    for (const key of keys) await page.keyboard.press(key);
  };
  /** A row from 1, by what a screen reader says of it. */
  const rowOf = (grid: Locator, row: number) => grid.locator(`[role=row][aria-rowindex="${row + 1}"]`);
  const textsOf = (grid: Locator, row: number) => rowOf(grid, row).getByRole("gridcell").allTextContents();

  /** Rows from 1 as the engine reads them. A text has no quotes unless it could be mistaken. */
  const engineRows = (first: number, count: number) => {
    const file: EngineFile = {
      size: bytes.length,
      read: (offset, length) => bytes.subarray(offset, offset + length),
    };
    const range = { firstRow: first - 1, rows: count, firstColumn: 0, columns: 9, text: 200 };
    return engine
      .table(file, {}, range)
      .map((row) => row.map((cell) => (cell === '"plain"' ? "plain" : cell)));
  };
  /** Waits for rows from 1, and compares every cell with what the engine reads. */
  const expectRows = async (grid: Locator, first: number, count: number) => {
    const shown = () => Promise.all(Array.from({ length: count }, (_, nth) => textsOf(grid, first + nth)));
    await expect.poll(shown).toEqual(engineRows(first, count));
  };
  const goTo = async (row: number) => {
    const field = page.getByRole("textbox", { name: /^Go to row/ });
    await field.fill(String(row));
    await field.press("Enter");
  };
  /** All ways through a million rows: by number, by the scrollbar, by the wheel and by keys. */
  const expectAllRows = async (grid: Locator) => {
    await expectRows(grid, 1, 12);
    for (const row of [500_000, 299_996, 300_001, 999_990, 123_457]) {
      await goTo(row);
      await expectRows(grid, row, 5);
    }
    await grid.evaluate((element) => element.scrollTo({ top: element.scrollHeight }));
    await expectRows(grid, rows - 9, 10);
    await grid.evaluate((element) =>
      element.scrollTo({ top: (element.scrollHeight - element.clientHeight) / 2 }),
    );
    const middle = rowOf(grid, 500_000);
    await middle.waitFor();
    await expectRows(grid, 500_000, 3);
    await grid.hover();
    await page.mouse.wheel(0, 31 * 20);
    await expectRows(grid, 500_020, 3);
    await grid.evaluate((element) => element.scrollTo({ top: 0 }));
    await expectRows(grid, 1, 5);

    await grid.focus();
    await press("Control+End", "Home", "c");
    await expect.poll(clipboard).toBe("999999");
    await press("Control+Home", "ArrowDown", "PageDown", "PageUp", "c");
    await expect.poll(clipboard).toBe("0");
  };

  test("all of a million rows of a chosen file are reached, and are those that the engine reads", async () => {
    await page.goto(session.url);
    await dashboard.choose(fixture("million.parquet"));
    await page.getByRole("tab", { name: "Rows" }).click();
    const grid = page.getByRole("grid", { name: "Rows of the file" });
    await grid.waitFor();
    expect(await grid.getAttribute("aria-rowcount")).toBe("1000001");
    await expectAllRows(grid);
    expect(await grid.getByRole("row").count()).toBeLessThan(60);
    await goTo(765_432);
  });

  test("statistics have null shares, sizes, row groups and names that options take", async () => {
    await page.getByRole("tab", { name: "Statistics" }).click();
    const grid = page.getByRole("grid", { name: "Statistics of the columns" });
    await grid.getByRole("row", { name: /^note string 333,333 33% "null" plain/ }).waitFor();
    await grid.getByRole("row", { name: /^tags list<string> 500,000 –/ }).waitFor();
    await page.getByText("Row groups", { exact: true }).click();
    await page
      .getByRole("grid", { name: "Row groups" })
      .getByRole("row", { name: /^4 100,000 / })
      .waitFor();
  });

  test("rows are where they were left when another tab was looked at", async () => {
    await page.getByRole("tab", { name: "Rows" }).click();
    await expectRows(page.getByRole("grid", { name: "Rows of the file" }), 765_432, 2);
    await page.getByRole("button", { name: "Remove million.parquet" }).click();
  });

  describe.each([
    { format: "ndjson", compression: "none" },
    { format: "json", compression: "gzip" },
    { format: "ndjson", compression: "zstd" },
  ] as const)("$format, compression $compression", (options: Partial<Options>) => {
    test("all of a million rows of a result are reached, and are those that the engine reads", async () => {
      const { jobId } = await send(session.product.api, fixture("million.parquet"), options);
      await page.goto(`${session.url}/jobs/${jobId}`);
      const grid = page.getByRole("grid", { name: "Rows of the result" });
      await grid.waitFor();
      await expectAllRows(grid);

      await page.goto(`${session.url}/jobs/${jobId}?row=765432`);
      await expectRows(grid, 765_432, 2);
      await page.goto(`${session.url}/jobs/${jobId}?view=tree&row=765432`);
      await page.getByRole("tree", { name: "Row 765432 as a tree" }).getByText("765431").waitFor();
      await page.getByRole("button", { name: "The next row" }).click();
      await page.getByRole("tree", { name: "Row 765433 as a tree" }).getByText("765432").waitFor();
    });
  });

  test("the focus goes with a row into the tree and back, and the place is kept", async () => {
    const grid = page.getByRole("grid", { name: "Rows of the result" });
    const [{ jobId }] = await jobs();
    await page.goto(`${session.url}/jobs/${jobId}`);
    await goTo(4321);
    await expectRows(grid, 4321, 1);
    await press("ArrowRight", "Enter");
    const tree = page.getByRole("tree", { name: "Row 4321 as a tree" });
    await tree.waitFor();
    await press("c");
    await expect.poll(clipboard).toBe("4320");
    await page.goBack();
    await grid.waitFor();
    await press("c");
    await page.getByRole("status").getByText("note of row 4,321").waitFor();
  });

  test("columns are pinned and resized by key and mouse, and a cell is copied by mouse", async () => {
    const grid = page.getByRole("grid", { name: "Rows of the result" });
    const head = (name: string) => grid.getByRole("columnheader", { name: new RegExp(`^${name}`) });
    const width = async () => (await head("note").boundingBox())?.width ?? 0;
    const first = await width();
    await press("Shift+ArrowRight");
    await expect.poll(width).toBeCloseTo(first + 24);
    await press("p");
    await expect.poll(() => head("note").getAttribute("aria-colindex")).toBe("2");
    const before = await width();
    const box = await head("note").boundingBox();
    if (!box) throw new Error("The header has no box.");
    await page.mouse.move(box.x + box.width - 3, box.y + 20);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width + 57, box.y + 20, { steps: 4 });
    await page.mouse.up();
    await expect.poll(width).toBeCloseTo(before + 60, -1);
    await press("p");
    await expect.poll(() => head("note").getAttribute("aria-colindex")).toBe("3");

    await goTo(7);
    await rowOf(grid, 7).getByRole("gridcell").nth(2).click();
    await page.getByRole("button", { name: "Copy the cell" }).click();
    await expect.poll(clipboard).toBe('{"city":"Århus","zip":8000}');
  });

  test("of 5,000 columns those in view are drawn, before and after the conversion", async () => {
    const expectColumns = async (grid: Locator) => {
      await expect.poll(async () => (await textsOf(grid, 2)).slice(0, 2)).toEqual(["0", "-1"]);
      expect(await grid.getByRole("columnheader").count()).toBeLessThan(40);
      await grid.focus();
      await press("ArrowDown", "End", "c");
      await expect.poll(clipboard).toBe("-4999");
      await rowOf(grid, 1).getByText("4999", { exact: true }).waitFor();
      await grid.locator("xpath=../..").getByLabel("Find a column").fill("2345");
      await expect.poll(() => textsOf(grid, 1)).toEqual(["2345"]);
    };
    await page.goto(session.url);
    await dashboard.choose(fixture("columns.parquet"));
    await page.getByRole("tab", { name: "Rows" }).click();
    await expectColumns(page.getByRole("grid", { name: "Rows of the file" }));
    await page.getByRole("button", { name: "Remove columns.parquet" }).click();

    const { jobId } = await send(session.product.api, fixture("columns.parquet"), {});
    await page.goto(`${session.url}/jobs/${jobId}`);
    await expectColumns(page.getByRole("grid", { name: "Rows of the result" }));
  });

  test("the browser had nothing to complain about", () => {
    expect(complaints).toEqual([]);
  });

  async function jobs(): Promise<[{ jobId: string }]> {
    const answer = await fetch(`${session.product.api}/jobs?limit=1`);
    return ((await answer.json()) as { jobs: [{ jobId: string }] }).jobs;
  }
});
