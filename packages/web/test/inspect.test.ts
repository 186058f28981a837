import fs from "node:fs/promises";
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
    await page.goto(session.product.dashboard);
  });

  const sample = () => page.getByRole("region", { name: "Sample of the JSON" });
  const open = (tab: string) => page.getByRole("tab", { name: tab }).click();

  test("one file alone shows its JSON at once, as the converter will write it", async () => {
    await dashboard.choose(fixture("orders.parquet"));
    await sample().getByText("Århus").waitFor();
    expect(await sample().textContent()).toBe(await fs.readFile(fixture("orders.ndjson"), "utf8"));
  });

  test("it shows the schema, the rows and the statistics", async () => {
    await open("Schema");
    const columns = page.getByRole("list", { name: "Columns to convert" });
    await columns.getByText("decimal(10,2)").waitFor();
    await columns.getByText("timestamp(us, UTC)").waitFor();
    await open("Rows");
    await page.getByRole("region", { name: "First rows" }).getByText("9007199254740993").waitFor();
    await open("Statistics");
    const total = page.getByRole("row", { name: /^total/ });
    await total.getByText("-0.01").waitFor();
    await total.getByText("99999999.99").waitFor();
  });

  test("the columns ticked are those that come out, and the sample is what is downloaded", async () => {
    await open("Schema");
    await page.getByRole("button", { name: "None" }).click();
    await page.getByText("Choose at least one column of orders.parquet.").waitFor();
    expect(await page.getByRole("button", { name: "Convert", exact: true }).isDisabled()).toBe(true);
    for (const name of [/^id/, /^total/, /^city/, /^raw/]) await page.getByRole("checkbox", { name }).check();
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

  test("of several files the bad one says why, and the others are converted", async () => {
    const whole = await fs.readFile(fixture("orders.parquet"));
    const file = (name: string, buffer: Buffer) => ({ name, mimeType: "application/octet-stream", buffer });
    await dashboard.choose([
      file("first.parquet", whole),
      file("half.parquet", whole.subarray(0, whole.length / 2)),
      file("second.parquet", whole),
    ]);
    await page.getByText("The file is cut off").waitFor();
    await page.getByRole("button", { name: "Convert all 2 files" }).click();
    await dashboard.row("first.parquet").getByText("Succeeded").waitFor();
    await dashboard.row("second.parquet").getByText("Succeeded").waitFor();
    await page.getByRole("button", { name: "Remove half.parquet" }).click();
    await page.getByText("The file is cut off").waitFor({ state: "detached" });
  });

  test("the browser had nothing to complain about", () => {
    expect(complaints).toEqual([]);
  });
});
