import fs from "node:fs/promises";
import type { Page } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import type { Dashboard } from "./dashboard.ts";
import { writeJobs } from "./many-jobs.ts";
import { describeInBrowser, fixture } from "./visit.ts";

const many = 5000;

// One person's work with the list: each test goes on where the one before it ended.
describeInBrowser("the list of jobs", (session) => {
  let page: Page;
  let dashboard: Dashboard;
  let complaints: string[];

  const grid = () => page.getByRole("grid", { name: "Jobs" });
  const bar = () => page.getByRole("region", { name: "Selected jobs" });
  const search = () => new URL(page.url()).searchParams;
  const select = (filename: string) => dashboard.row(filename).getByRole("checkbox").click();
  const confirm = async (name: string) => {
    await page.getByRole("dialog").getByRole("button", { name, exact: true }).click();
  };
  const selectAll = () => grid().getByRole("checkbox", { name: /^Select all/ });

  beforeAll(async () => {
    ({ page, dashboard, complaints } = await session.visit({ viewport: { width: 1280, height: 900 } }));
    await page.goto(session.url);
  });

  test("an empty list lets one look at a sample with nested data, and convert it", async () => {
    await page.getByRole("button", { name: "Try it with a sample" }).click();
    await page.getByRole("region", { name: "Sample of the JSON" }).getByText("Århus").first().waitFor();
    await dashboard.convert();
    await dashboard.row("sample.parquet").getByText("Succeeded").waitFor();
  });

  test("several running jobs are cancelled together, as many as were announced", async () => {
    const long = await fs.readFile(fixture("long.parquet"));
    const files = ["one", "two"].map((name) => ({ name: `${name}.parquet`, mimeType: "", buffer: long }));
    await dashboard.convert(files);
    for (const { name } of files) await dashboard.row(name).getByText("Running").waitFor();
    await selectAll().click();
    await bar().getByText("3 selected").waitFor();
    await bar().getByRole("button", { name: "Cancel 2 running" }).click();
    await confirm("Cancel 2 jobs");
    await page.getByRole("alert").getByText("Asked to stop: 2 jobs").waitFor();
    for (const { name } of files) await dashboard.row(name).getByText("Cancelled").waitFor();
    await page.getByRole("alert").getByRole("button").first().click();
  });

  test("they are retried together, and cancelled by their own buttons", async () => {
    await select("one.parquet");
    await dashboard
      .row("two.parquet")
      .getByRole("checkbox")
      .click({ modifiers: ["Shift"] });
    await bar().getByRole("button", { name: "Convert 2 cancelled again" }).click();
    await confirm("Convert again");
    for (const name of ["one.parquet", "two.parquet"]) {
      await dashboard.row(name).getByRole("button", { name: "Cancel" }).click();
      await dashboard.row(name).getByText("Cancelled").waitFor();
    }
  });

  test("a job that succeeded is converted again from its menu, with the options changed there", async () => {
    await dashboard.row("sample.parquet").getByRole("button", { name: "Actions for sample.parquet" }).click();
    await page.getByRole("menuitem", { name: "Convert again…" }).click();
    const dialog = page.getByRole("dialog", { name: "Convert sample.parquet again" });
    await dialog.getByLabel("Row limit").fill("0");
    await dialog.getByText("The row limit is a whole number of at least 1.").first().waitFor();
    expect(await dialog.getByRole("button", { name: "Convert again" }).isDisabled()).toBe(true);
    await dialog.getByLabel("Row limit").fill("2");
    await dialog.getByRole("combobox", { name: "Columns" }).fill("ID");
    await page.keyboard.press("Enter");
    await dialog.getByRole("button", { name: "Use id" }).click();
    await dialog.getByRole("button", { name: "Convert again" }).click();
    await dashboard.rowWith("sample.parquet", "2").waitFor();
  });

  test("several are converted again, each with its own options or all with the same", async () => {
    await dashboard.convert(fixture("orders.parquet"));
    await dashboard.row("orders.parquet").getByText("Succeeded").waitFor();
    await select("orders.parquet");
    await select("sample.parquet");
    await bar().getByRole("button", { name: "Convert 2 succeeded again" }).click();
    const dialog = page.getByRole("dialog", { name: "Convert 2 jobs again" });
    await dialog.getByText("The same options for all").click();
    await dialog.getByText("JSON array").click();
    await dialog.getByLabel("Row limit").fill("1");
    await dialog.getByRole("button", { name: "Convert again" }).click();
    await page.getByRole("alert").getByText("Converting again: 2 jobs").waitFor();
    for (const name of ["orders.parquet", "sample.parquet"]) {
      await dashboard.rowWith(name, "1").waitFor();
    }
    await page.getByRole("alert").getByRole("button").first().click();
  });

  test("they are deleted together, and only they", async () => {
    await select("one.parquet");
    await select("two.parquet");
    await bar().getByRole("button", { name: "Delete 2 cancelled" }).click();
    await confirm("Delete 2 jobs");
    for (const name of ["one.parquet", "two.parquet"]) {
      await dashboard.row(name).waitFor({ state: "detached" });
    }
    await dashboard.row("orders.parquet").waitFor();
  });

  test("a job that is deleted elsewhere goes from the list by itself", async () => {
    const { jobs } = (await (await fetch(`${session.product.api}/jobs`)).json()) as {
      jobs: { jobId: string }[];
    };
    await fetch(`${session.product.api}/jobs/${jobs[0]?.jobId}`, { method: "DELETE" });
    await dashboard.row("orders.parquet").waitFor({ state: "detached" });
  });

  test("thousands are loaded, and the list says how many there are", async () => {
    await writeJobs(many);
    await page.reload();
    await dashboard.jobs.getByText(/loaded, loading more…/).waitFor();
    await dashboard.jobs.getByText("5,001 jobs", { exact: true }).waitFor({ timeout: 120_000 });
    expect(await grid().getAttribute("aria-rowcount")).toBe(String(many + 2));
    expect(await grid().getByRole("row").count()).toBeLessThan(60);
  });

  test("the last of them is reached by keyboard, and opened", async () => {
    await dashboard.row("sample.parquet").focus();
    await page.keyboard.press("End");
    await dashboard.row("day-5000.parquet").waitFor();
    await page.keyboard.press("ArrowUp");
    await page.keyboard.press("Space");
    await bar().getByText("1 selected").waitFor();
    expect(await dashboard.row("day-4999.parquet").getAttribute("aria-selected")).toBe("true");
    await page.keyboard.press("Home");
    await page.keyboard.press("PageDown");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "day-0010.parquet" }).waitFor();
    await page.goBack();
    await dashboard.row("day-0010.parquet").waitFor();
    await bar().getByText("1 selected").waitFor();
  });

  test("a row's menu opens by keyboard, and Escape leads back to its button", async () => {
    const button = dashboard.row("day-0010.parquet").getByRole("button", { name: /^Actions/ });
    const menu = page.getByRole("menu");
    await button.focus();
    // The menu is made at the first time and there at the second.
    for (const _ of ["first", "second"]) {
      await page.keyboard.press("Enter");
      await menu.waitFor();
      await dashboard.enterMenu();
      await page.keyboard.press("Escape");
      await menu.waitFor({ state: "detached" });
      await expect
        .poll(() => page.evaluate(() => document.activeElement?.getAttribute("aria-label")))
        .toBe("Actions for day-0010.parquet");
    }
  });

  test("a selection is an address: kept by a reload and by a job, and no step to go back to", async () => {
    const steps = await page.evaluate(() => history.length);
    await select("day-0010.parquet");
    await bar().getByText("2 selected").waitFor();
    await expect.poll(() => search().get("selected")?.split(".")).toHaveLength(2);
    await page.reload();
    await bar().getByText("2 selected").waitFor({ timeout: 120_000 });

    await dashboard.jobs.getByText("5,001 jobs", { exact: true }).waitFor({ timeout: 120_000 });
    await selectAll().click();
    await dashboard.row("sample.parquet").scrollIntoViewIfNeeded();
    await select("day-0002.parquet");
    await bar().getByText("5,000 selected").waitFor();
    await expect.poll(() => search().get("selected")).toMatch(/^all-.*\.\w{22}$/);
    await dashboard.open("day-0003.parquet");
    await page.goBack();
    await bar().getByText("5,000 selected").waitFor();
    // What comes later was not selected, not even after a reload.
    await fetch(`${session.product.api}/upload`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ filename: "later.parquet", size: 1000 }),
    });
    await page.reload();
    await bar().getByText("5,000 selected").waitFor({ timeout: 120_000 });
    await dashboard.row("later.parquet").scrollIntoViewIfNeeded();
    expect(await dashboard.row("later.parquet").getAttribute("aria-selected")).toBe("false");
    expect(await dashboard.row("day-0002.parquet").getAttribute("aria-selected")).toBe("false");
    expect(await dashboard.row("day-0001.parquet").getAttribute("aria-selected")).toBe("true");

    await dashboard
      .row("later.parquet")
      .getByRole("button", { name: /^Actions/ })
      .click();
    await page.getByRole("menuitem", { name: "Delete" }).click();
    await confirm("Delete");
    await bar().getByRole("button", { name: "Select none" }).click();
    await expect.poll(() => search().get("selected")).toBe(null);
    expect(await page.evaluate(() => history.length)).toBe(steps);
  });

  test("filters, sort and columns are an address: reloaded, and gone back from step by step", async () => {
    await dashboard.filter("Failed");
    await dashboard.jobs.getByText("500 of 5,001 jobs").waitFor();
    await page.getByRole("searchbox", { name: "Filter by name" }).fill("DAY-00");
    await dashboard.jobs.getByText("10 of 5,001 jobs").waitFor();
    await page.getByRole("button", { name: /^Name/ }).click();
    await page.getByRole("button", { name: "Columns" }).click();
    await page.getByRole("menuitemcheckbox", { name: "Took" }).click();
    await page.keyboard.press("Escape");
    await grid().getByRole("columnheader", { name: "Took" }).waitFor({ state: "detached" });
    expect([...search()]).toEqual([
      ["status", "FAILED"],
      ["name", "DAY-00"],
      ["sort", "name"],
      ["columns", "size"],
      ["columns", "rows"],
      ["columns", "output"],
      ["columns", "created"],
    ]);

    await page.reload();
    await dashboard.jobs.getByText("10 of 5,001 jobs").waitFor({ timeout: 120_000 });
    const name = grid().getByRole("columnheader", { name: "Name" });
    expect(await name.getAttribute("aria-sort")).toBe("ascending");
    expect(await dashboard.row("day-0001.parquet").getAttribute("aria-rowindex")).toBe("2");
    await dashboard.row("day-0001.parquet").getByText("The page at byte 4 has another checksum.").waitFor();

    const address = page.url();
    await dashboard.open("day-0001.parquet");
    await page.getByRole("link", { name: "Jobs", exact: true }).click();
    await dashboard.jobs.getByText("10 of 5,001 jobs").waitFor();
    expect(page.url()).toBe(address);
    await page.goBack();
    await page.goBack();

    await page.goBack();
    await grid().getByRole("columnheader", { name: "Took" }).waitFor();
    await page.goBack();
    await expect.poll(() => search().get("sort")).toBe(null);
    await page.goBack();
    await dashboard.jobs.getByText("500 of 5,001 jobs").waitFor();
    expect(await page.getByRole("searchbox", { name: "Filter by name" }).inputValue()).toBe("");
    await page.goBack();
    await dashboard.jobs.getByText("5,001 jobs", { exact: true }).waitFor();
  });

  test("a span of time is a filter", async () => {
    await page.getByRole("button", { name: "Created: Any time" }).click();
    await page.getByRole("menuitemradio", { name: "Last hour" }).click();
    await dashboard.row("day-0001.parquet").waitFor();
    expect(search().get("from")).toBe("1h");
    await page.reload();
    // Older ones are not even asked for.
    await dashboard.jobs.getByText(/^\d\d of \d{3} jobs$/).waitFor();
    await page.getByRole("button", { name: "Created: Last hour" }).click();
    await page.getByRole("menuitemradio", { name: "Any time" }).click();
    await dashboard.jobs.getByText("5,001 jobs", { exact: true }).waitFor({ timeout: 120_000 });
  });

  test("an address with a value that means nothing shows the whole list", async () => {
    const address = page.url();
    await page.goto(`${new URL(address).origin}/?from=banana&to=pear&status=odd&sort=size2&selected=%25`);
    await dashboard.jobs.getByText("5,001 jobs", { exact: true }).waitFor({ timeout: 120_000 });
    await page.getByRole("button", { name: "Created: Any time" }).waitFor();
    await page.goto(address);
    await dashboard.jobs.getByText("5,001 jobs", { exact: true }).waitFor({ timeout: 120_000 });
  });

  test("hundreds are deleted at once, and counted", async () => {
    await dashboard.filter("Cancelled");
    await dashboard.jobs.getByText("250 of 5,001 jobs").waitFor();
    await selectAll().click();
    await bar().getByRole("button", { name: "Delete 250 cancelled" }).click();
    await confirm("Delete 250 jobs");
    await page.getByRole("alert").getByText("Deleted: 250 jobs").waitFor({ timeout: 120_000 });
    await dashboard.jobs.getByText("No jobs match these filters").waitFor();
    await page.getByRole("button", { name: "Clear filters" }).click();
    await dashboard.jobs.getByText("4,751 jobs", { exact: true }).waitFor();
  });

  test("the page does not scroll sideways on a phone", async () => {
    await page.setViewportSize({ width: 360, height: 780 });
    await dashboard.row("day-0001.parquet").waitFor();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
  });

  test("the browser had nothing to complain about", () => {
    expect(complaints).toEqual([]);
  });
});
