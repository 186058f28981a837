import fs from "node:fs/promises";
import type { Job } from "@unparquet/core/job/schema";
import type { Page } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import type { Dashboard } from "./dashboard.ts";
import { describeInBrowser, fixture } from "./visit.ts";

describeInBrowser("a file is looked at before it is uploaded", (session) => {
  let page: Page;
  let dashboard: Dashboard;
  let complaints: string[];

  beforeAll(async () => {
    ({ page, dashboard, complaints } = await session.visit());
    await page.goto(session.url);
  });

  const sample = () => page.getByRole("region", { name: "Sample of the JSON" });
  const open = (tab: string) => page.getByRole("tab", { name: tab }).click();

  test("one file alone shows its JSON at once, as the converter will write it", async () => {
    await dashboard.choose(fixture("orders.parquet"));
    await sample().getByText("Århus").waitFor();
    expect(await sample().textContent()).toBe(await fs.readFile(fixture("orders.ndjson"), "utf8"));
    await page
      .getByText(
        /^Will run on Lambda: About .+ of JSON predicted; .+ Takes about 2s and costs under \$0\.01\.$/,
      )
      .waitFor();
  });

  test("it shows the schema, the rows and the statistics", async () => {
    await open("Schema");
    const columns = page.getByRole("tree", { name: "Columns to convert" });
    await columns.getByText("decimal(10,2)").waitFor();
    await columns.getByText("timestamp(us, UTC)").waitFor();
    await open("Rows");
    await page.getByRole("grid", { name: "Rows of the file" }).getByText("9007199254740993").waitFor();
    await open("Statistics");
    const total = page.getByRole("row", { name: /^total/ });
    await total.getByText("-0.01").waitFor();
    await total.getByText("99999999.99").waitFor();
  });

  test("the columns ticked are those that come out, and the sample is what is downloaded", async () => {
    await open("Schema");
    await page.getByRole("button", { name: "None" }).click();
    await page.getByText("Choose at least one column.").waitFor();
    expect(await page.getByRole("button", { name: "Convert", exact: true }).isDisabled()).toBe(true);
    for (const name of [/^id/, /^total/, /^city/, /^raw/]) await page.getByRole("treeitem", { name }).check();
    await open("JSON");
    await page.getByText("JSON array").click();
    await page.getByLabel("Large integers").selectOption("Strings beyond 2^53");
    await page.getByLabel("Binary").selectOption("Hexadecimal");
    await sample().getByText('"place":{"city":"Århus"},"raw":"00ff"').waitFor();
    await sample().getByText('"id":"9007199254740993"').waitFor();
    const shown = await sample().textContent();

    await dashboard.convert();
    await dashboard.row("orders.parquet").getByText("Succeeded").waitFor();
    const download = page.waitForEvent("download");
    await page.getByRole("link", { name: "Download the JSON of orders.parquet" }).click();
    expect(await fs.readFile(await (await download).path(), "utf8")).toBe(shown);
  });

  test("a sample that cannot be made says so where it would be, and the API is not blamed", async () => {
    const buffer = await fs.readFile(fixture("orders.parquet"));
    await dashboard.choose({ name: "bytes.parquet", mimeType: "", buffer });
    await sample().waitFor();
    await page.getByLabel("Binary").selectOption("Text (UTF-8)");
    await page.getByText(/^The conversion would fail: column "raw"/).waitFor();
    await dashboard.jobs.waitFor();
    expect(await page.getByText("Can't reach the server").count()).toBe(0);
    await page.getByLabel("Binary").selectOption("Base64");
    await sample().waitFor();
    await page.getByRole("button", { name: "Remove bytes.parquet" }).click();
  });

  test("what cannot work is said at once, with the way out", async () => {
    const buffer = await fs.readFile(fixture("orders.parquet"));
    await dashboard.choose({ name: "typos.parquet", mimeType: "", buffer });
    await sample().waitFor();
    const convert = page.getByRole("button", { name: "Convert", exact: true });
    const columns = page.getByRole("combobox", { name: "Columns" });
    await columns.fill("Totl, place.city");
    await page.keyboard.press("Enter");
    await dashboard.chosen.getByRole("status").getByText('Did you mean "total"?').waitFor();
    expect(await convert.isDisabled()).toBe(true);
    await page.getByRole("button", { name: "Use total" }).click();
    await dashboard.chosen.getByText("To JSON array, 2 columns").waitFor();
    await page.getByLabel("Row limit").fill("0");
    await dashboard.chosen.getByRole("status").getByText("The row limit is a whole number").waitFor();
    expect(await convert.isDisabled()).toBe(true);
    await page.getByLabel("Row limit").fill("");
    await page.getByRole("button", { name: "Remove typos.parquet" }).click();
  });

  test("options are remembered, saved under a name, and carried by a link", async () => {
    const buffer = await fs.readFile(fixture("orders.parquet"));
    const choose = () => dashboard.choose({ name: "kept.parquet", mimeType: "", buffer });
    await choose();
    await page.getByRole("button", { name: "Presets", exact: true }).click();
    await page.getByLabel("Save as").fill("For the lake");
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await page.getByRole("button", { name: "Reset", exact: true }).click();
    await dashboard.chosen.getByText("To NDJSON", { exact: true }).waitFor();
    await page.getByRole("button", { name: "Presets", exact: true }).click();
    await page.getByRole("button", { name: "For the lake", exact: true }).click();
    await dashboard.chosen.getByText("To JSON array", { exact: true }).waitFor();

    await page.reload();
    await choose();
    await dashboard.chosen.getByText("To JSON array", { exact: true }).waitFor();
    const options = encodeURIComponent(JSON.stringify({ compression: "zstd", limit: 1 }));
    await page.goto(new URL(`/#options=${options}`, session.url).href);
    await page.reload();
    await choose();
    await dashboard.chosen.getByText("To NDJSON, zstd, 1 row at most").waitFor();
    await page.getByRole("button", { name: "Reset", exact: true }).click();
    await dashboard.chosen.getByText("JSON array", { exact: true }).click();
    await page.getByRole("button", { name: "Remove kept.parquet" }).click();
  });

  test("of several files the bad one says why, and the others are converted", async () => {
    const whole = await fs.readFile(fixture("orders.parquet"));
    const file = (name: string, buffer: Buffer) => ({ name, mimeType: "application/octet-stream", buffer });
    await dashboard.choose([
      file("first.parquet", whole),
      file("half.parquet", whole.subarray(0, whole.length / 2)),
      file("second.parquet", whole),
    ]);
    await dashboard.chosen.getByText("its end is missing").waitFor();
    await page.getByRole("button", { name: "Convert all 2 files" }).click();
    await dashboard.row("first.parquet").getByText("Succeeded").waitFor();
    await dashboard.row("second.parquet").getByText("Succeeded").waitFor();
    await page.getByRole("button", { name: "Remove half.parquet" }).click();
    await dashboard.chosen.getByText("its end is missing").waitFor({ state: "detached" });
  });

  test("options for all files go for every file of a choice, the columns too", async () => {
    const buffer = await fs.readFile(fixture("orders.parquet"));
    const names = ["part-0.parquet", "part-1.parquet", "part-2.parquet"];
    await dashboard.choose(names.map((name) => ({ name, mimeType: "", buffer })));
    await dashboard.chosen.getByRole("button", { name: /^part-0/ }).click();
    await page.getByRole("combobox", { name: "Columns" }).fill("total");
    await page.keyboard.press("Enter");
    await page.getByLabel("Row limit").fill("2");
    await dashboard.chosen.getByText("To JSON array, 1 column, 2 rows at most").waitFor();

    await dashboard.chosen.getByRole("button", { name: /^part-1/ }).click();
    await page.getByText("For this file only").click();
    await open("Schema");
    await page.getByRole("button", { name: "All columns" }).click();
    await dashboard.chosen.getByText("Options differ by file").waitFor();
    await dashboard.convert();
    for (const name of names) await dashboard.row(name).getByText("Succeeded").waitFor();

    const answer = await fetch(`${session.product.api}/jobs?limit=3`);
    const { jobs } = (await answer.json()) as { jobs: Job[] };
    const options = new Map(jobs.map(({ filename, options }) => [filename, options]));
    expect(options.get("part-0.parquet")).toMatchObject({ columns: ["total"], limit: 2 });
    expect(options.get("part-1.parquet")).toMatchObject({ limit: 2 });
    expect(options.get("part-1.parquet")).not.toHaveProperty("columns");
    expect(options.get("part-2.parquet")).toMatchObject({ columns: ["total"], limit: 2 });
  });

  test("a file that lacks a column of all files is named before anything is sent", async () => {
    const file = async (name: string) => ({ name, mimeType: "", buffer: await fs.readFile(fixture(name)) });
    await dashboard.choose([await file("orders.parquet"), await file("values.parquet")]);
    await dashboard.chosen.getByRole("button", { name: /^orders/ }).click();
    await dashboard.chosen.getByText("To JSON array, 2 rows at most").waitFor();
    await page.getByRole("combobox", { name: "Columns" }).fill("total");
    await page.keyboard.press("Enter");
    await dashboard.chosen.getByText('\u2068values.parquet\u2069: There is no column "total".').waitFor();
    expect(await page.getByRole("button", { name: "Convert all 2 files" }).isDisabled()).toBe(true);
    await dashboard.chosen.getByRole("button", { name: /^values/ }).click();
    await page.getByText("For this file only").click();
    await page.getByRole("combobox", { name: "Columns" }).press("Backspace");
    await dashboard.chosen.getByText("Options differ by file").waitFor();
    await page.getByRole("button", { name: "Remove all" }).click();
  });

  test("of thousands of columns those in view are drawn, and keys reach every one", async () => {
    await dashboard.choose(fixture("wide.parquet"));
    await page.getByText("2 rows · 2,001 columns").waitFor();
    await sample().getByText('"reading_0000":0').waitFor();
    await open("Schema");
    const tree = page.getByRole("tree", { name: "Columns to convert" });
    const column = (name: RegExp) => tree.getByRole("treeitem", { name, checked: false });
    expect(await tree.getByRole("treeitem").count()).toBeLessThan(60);
    await tree.focus();
    await page.keyboard.press("End");
    await page.keyboard.press("Space");
    await column(/^zip/).waitFor();
    await page.keyboard.press("ArrowLeft");
    await page.keyboard.press("ArrowLeft");
    await column(/^zip/).waitFor({ state: "detached" });
    await page.keyboard.press("Home");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Space");
    await column(/^reading_0001/).waitFor();
    await page.getByText(/^Too many columns are chosen by name/).waitFor();

    await page.getByRole("button", { name: "None" }).click();
    await page.getByLabel("Find a column").fill("city");
    await page.getByRole("button", { name: "Only these" }).click();
    await open("JSON");
    await sample().getByText('{"place":{"city":"Århus"}}').waitFor();
    await open("Rows");
    const rows = page.getByRole("grid", { name: "Rows of the file" });
    await rows.getByRole("columnheader", { name: "reading_0000" }).waitFor();
    expect(await rows.getByRole("columnheader").count()).toBeLessThan(60);
    await rows.evaluate((element) => element.scrollTo({ left: element.scrollWidth }));
    await rows.getByText('{"city":"Århus","zip":8000}').waitFor();
    await open("Statistics");
    const statistics = page.getByRole("grid", { name: "Statistics of the columns" });
    await statistics.getByRole("row", { name: /^reading_0000/ }).waitFor();
    expect(await statistics.getByRole("row").count()).toBeLessThan(60);
    await statistics.evaluate((element) => element.scrollTo({ top: element.scrollHeight }));
    await statistics.getByRole("row", { name: /^place.city string 1 50% Århus Århus/ }).waitFor();
    await page.getByRole("button", { name: "Remove wide.parquet" }).click();
  });

  test("hundreds of files keep their order, and what is chosen twice is said to be", async () => {
    const whole = await fs.readFile(fixture("orders.parquet"));
    const files = Array.from({ length: 200 }, (_, index) => ({
      name: `day-${index + 1}.parquet`,
      mimeType: "",
      buffer: index === 149 ? whole.subarray(1) : whole,
    }));
    await dashboard.choose(files);
    await page.getByText("1 file cannot be converted").waitFor();
    await page.getByRole("button", { name: "Convert all 199 files" }).waitFor();
    await dashboard.chosen
      .getByText(
        /^About .+ of JSON predicted, on Lambda\. The longest takes about \ds; together they cost .+\.$/,
      )
      .waitFor();
    const list = dashboard.chosen.getByRole("listitem");
    expect(await list.count()).toBeLessThan(60);
    expect(await list.nth(2).getAttribute("aria-setsize")).toBe("200");
    await list.nth(2).getByText("day-3.parquet").waitFor();
    await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
    await list.getByText("day-200.parquet").waitFor();
    await page.getByRole("button", { name: "Remove all" }).click();
    await list.first().waitFor({ state: "detached" });

    await dashboard.choose([fixture("orders.parquet"), fixture("orders.parquet")]);
    await page.getByText("Chosen twice").waitFor();
    await page.getByRole("button", { name: "Convert all 2 files" }).waitFor();
    await page.getByRole("button", { name: "Remove all" }).click();
  });

  test("the browser had nothing to complain about", () => {
    expect(complaints).toEqual([]);
  });
});
