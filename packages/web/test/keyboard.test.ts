import type { FileChooser, Locator, Page } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import type { Dashboard } from "./dashboard.ts";
import { describeInBrowser, fixture } from "./visit.ts";

// A visit without a mouse: each test goes on where the one before it ended.
describeInBrowser("everything by keyboard", (session) => {
  let page: Page;
  let dashboard: Dashboard;
  let complaints: string[];
  let chooser: Promise<FileChooser>;

  beforeAll(async () => {
    ({ page, dashboard, complaints } = await session.visit({
      viewport: { width: 1280, height: 900 },
      permissions: ["clipboard-read", "clipboard-write"],
    }));
    // Asked for this early, as the browser takes a moment until it tells of choosers instead of opening them.
    chooser = page.waitForEvent("filechooser");
    await page.goto(session.url);
    await dashboard.jobs.getByText("No jobs yet").waitFor();
  });

  const press = async (...keys: string[]) => {
    for (const key of keys) await page.keyboard.press(key);
  };

  /** Whether the element in focus shows it: by an outline of its own, or of what is drawn in its place. */
  const focusShows = () =>
    page.evaluate(() => {
      const focused = document.activeElement;
      if (!focused || focused === document.body) return true;
      const active = document.getElementById(focused.getAttribute("aria-activedescendant") ?? "");
      const field = focused.closest(".mantine-Input-input");
      const drawn = [focused, active, field, focused.nextElementSibling, focused.firstElementChild];
      return drawn.some((element) =>
        [null, "::after"].some((part) => {
          if (!element) return false;
          const { outlineStyle, outlineWidth } = getComputedStyle(element, part);
          return outlineStyle !== "none" && Number.parseFloat(outlineWidth) >= 2;
        }),
      );
    });
  const focusedHtml = () => page.evaluate(() => document.activeElement?.outerHTML.slice(0, 160));
  const isFocused = (target: Locator) => target.evaluate((element) => element === document.activeElement);

  /** Goes on with Tab (or Shift+Tab) until that has the focus, which has to be seen on each stop of the way. */
  const tabTo = async (target: Locator, key: "Tab" | "Shift+Tab" = "Tab") => {
    await target.waitFor({ state: "attached" });
    for (let steps = 0; steps < 80; steps += 1) {
      if (await isFocused(target)) return;
      await press(key);
      expect(await focusShows(), await focusedHtml()).toBe(true);
    }
    throw new Error(`Eighty times ${key}, and ${target} was not among them`);
  };

  test("the first stop skips to what the page is for", async () => {
    await press("Tab");
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe("Skip to the content");
    await press("Enter", "Tab");
    expect(await isFocused(page.getByRole("button", { name: "browse" }))).toBe(true);
  });

  test("a file is chosen, looked at and converted with columns and options of one's own", async () => {
    await press("Enter");
    await (await chooser).setFiles(fixture("orders.parquet"));
    await expect.poll(() => isFocused(page.getByRole("button", { name: "Convert", exact: true }))).toBe(true);

    await tabTo(page.getByRole("tab", { name: "JSON" }), "Shift+Tab");
    await press("ArrowRight");
    const columns = page.getByRole("tree", { name: "Columns to convert" });
    await tabTo(columns);
    await press("End", "Space");
    const raw = columns.getByRole("treeitem", { name: /^raw/ });
    await expect.poll(() => raw.getAttribute("aria-checked")).toBe("false");

    await tabTo(page.getByRole("tab", { name: "Schema" }), "Shift+Tab");
    await press("ArrowLeft");
    const sample = page.getByRole("region", { name: "Sample of the JSON" });
    await sample.getByText("Århus").waitFor();
    expect(await sample.textContent()).not.toContain('"raw"');
    await tabTo(page.getByRole("radio", { name: "NDJSON" }));
    await press("ArrowRight");
    await sample.getByText('[{"id"').waitFor();

    await tabTo(page.getByRole("button", { name: "Convert", exact: true }));
    await press("Enter");
    await dashboard.row("orders.parquet").getByText("Succeeded").waitFor();
  });

  test("a job is opened from the list, and its cells, trees and lines are copied", async () => {
    await tabTo(dashboard.row("orders.parquet"));
    await press("Enter");
    await page.getByRole("heading", { name: "orders.parquet" }).waitFor();
    const grid = page.getByRole("grid", { name: "Rows of the result" });
    await tabTo(grid);
    await press("ArrowRight", "c");
    const clipboard = () => page.evaluate(() => navigator.clipboard.readText());
    await expect.poll(clipboard).toBe('Ada "Countess" Lovelace');
    await press("Enter");
    const tree = page.getByRole("tree");
    await tabTo(tree.getByRole("treeitem").first());
    await press("c");
    await expect.poll(clipboard).toBe("1");

    await tabTo(page.getByRole("tab", { name: "curl" }));
    await press("ArrowRight");
    await tabTo(page.getByRole("button", { name: "Copy the lines for DuckDB" }));
    await press("Enter");
    await expect.poll(clipboard).toContain("read_json(");
  });

  test("back leads to the list, where it was left", async () => {
    // The browser's own key for it is not the page's, and does nothing in a browser without a window.
    await page.goBack();
    await page.goBack();
    await dashboard.row("orders.parquet").waitFor();
    expect(new URL(page.url()).pathname).toBe("/");
    await expect.poll(() => isFocused(dashboard.row("orders.parquet"))).toBe(true);
    expect(await focusShows()).toBe(true);
  });

  test("jobs are selected and deleted, and the focus stays where the work is", async () => {
    await tabTo(dashboard.row("orders.parquet"));
    await press("Space");
    const bar = page.getByRole("region", { name: "Selected jobs" });
    const remove = bar.getByRole("button", { name: /^Delete/ });
    await bar.getByText("1 selected").waitFor();
    await tabTo(remove);
    await press("Enter");
    const dialog = page.getByRole("dialog", { name: "Delete 1 job?" });
    await dialog.waitFor();
    await press("Escape");
    await dialog.waitFor({ state: "detached" });
    await expect.poll(() => isFocused(remove)).toBe(true);

    await press("Enter");
    await dialog.waitFor();
    await tabTo(dialog.getByRole("button", { name: "Delete 1 job" }));
    await press("Enter");
    await dashboard.jobs.getByText("No jobs yet").waitFor();
  });

  test("the overview is opened, and the way home found", async () => {
    await tabTo(page.getByRole("link", { name: "Overview" }), "Shift+Tab");
    await press("Enter");
    await page.getByRole("heading", { name: "Overview", level: 1 }).waitFor();
    // All jobs are deleted by now.
    await page.getByText("No jobs yet").waitFor();
    const colours = page.getByRole("button", { name: "Colour scheme" });
    await tabTo(colours, "Shift+Tab");
    await press("Enter");
    await page.getByRole("menu").waitFor();
    await dashboard.enterMenu();
    await press("Escape");
    await expect.poll(() => isFocused(colours)).toBe(true);
    await tabTo(page.getByRole("link", { name: "unparquet, all jobs" }), "Shift+Tab");
    await press("Enter");
    await dashboard.jobs.getByText("No jobs yet").waitFor();
  });

  test("the browser had nothing to complain about", () => {
    expect(complaints).toEqual([]);
  });
});
