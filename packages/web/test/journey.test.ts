import fs from "node:fs/promises";
import type { Download, Page } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import type { Dashboard } from "./dashboard.ts";
import { describeInBrowser, fixture } from "./visit.ts";

const text = async (download: Download) => fs.readFile(await download.path(), "utf8");

// One person's visit: each test goes on where the one before it ended.
describeInBrowser("a visit to the dashboard", (session) => {
  let page: Page;
  let dashboard: Dashboard;
  let complaints: string[];

  beforeAll(async () => {
    ({ page, dashboard, complaints } = await session.visit({
      colorScheme: "light",
      permissions: ["clipboard-read", "clipboard-write"],
    }));
    await page.goto(session.url);
  });

  test("an empty list says what to do", async () => {
    await dashboard.jobs.getByText("No jobs yet").waitFor();
  });

  test("what is no Parquet file is refused before it is uploaded, and says why", async () => {
    await dashboard.choose({
      name: "notes.csv",
      mimeType: "text/csv",
      buffer: Buffer.from("a,b\n1,2\n3,4\n"),
    });
    await dashboard.chosen
      .getByText("Not a Parquet file: the file does not begin and end with PAR1.")
      .waitFor();
    await dashboard.jobs.getByText("No jobs yet").waitFor();
  });

  test("a file says where it will be converted before it is, and its job where it was", async () => {
    await dashboard.choose(fixture("orders.parquet"));
    const lane = /^Lambda: About .+ of JSON predicted; Lambda takes up to 8 GB\.$/;
    const predicted = await page.getByText(/^Will run on/).textContent();
    const laneText = predicted?.replace("Will run on ", "").replace(/ Takes .+$/, "") ?? "";
    expect(laneText).toMatch(lane);
    await dashboard.convert();
    await dashboard.row("orders.parquet").getByText("Succeeded").waitFor();
    await dashboard.open("orders.parquet");
    await page.getByRole("region", { name: "Attempts" }).getByText(laneText, { exact: true }).waitFor();
    await page.getByRole("button", { name: "Delete" }).click();
    await page
      .getByRole("dialog", { name: "Delete orders.parquet?" })
      .getByRole("button", { name: "Delete" })
      .click();
    await dashboard.jobs.getByText("No jobs yet").waitFor();
  });

  test("a dropped file becomes exactly its JSON, and a damaged one beside it says what is wrong", async () => {
    await dashboard.drop(fixture("orders.parquet"), fixture("damaged.parquet"));
    await dashboard.convert();
    await dashboard.row("orders.parquet").getByText("Succeeded").waitFor();
    await dashboard.rowWith("orders.parquet", "3").waitFor();
    await dashboard.row("damaged.parquet").getByText("Failed").waitFor();
    await dashboard.row("damaged.parquet").getByText("corrupt_file").waitFor();
    await page
      .getByRole("group", { name: "Files added together" })
      .getByText("2 uploaded · 1 converted · 1 failed")
      .waitFor();

    const download = page.waitForEvent("download");
    await page.getByRole("link", { name: "Download the JSON of orders.parquet" }).click();
    expect((await download).suggestedFilename()).toBe("orders.ndjson");
    expect(await text(await download)).toBe(await fs.readFile(fixture("orders.ndjson"), "utf8"));
  });

  test("the page of a job tells what came out, and of a failed one what to do", async () => {
    await dashboard.open("orders.parquet");
    await page.getByRole("region", { name: "Result" }).getByText("orders.ndjson").waitFor();
    await page.getByRole("cell", { name: "decimal(10,2)" }).waitFor();
    await page.getByRole("region", { name: "Attempts" }).getByText("1. Succeeded").waitFor();

    await page.getByRole("button", { name: "Copy link" }).click();
    await page.getByRole("alert").getByText("Link copied").waitFor();
    const shared = await fetch(await page.evaluate(() => navigator.clipboard.readText()));
    expect(await shared.text()).toBe(await fs.readFile(fixture("orders.ndjson"), "utf8"));
    await page.getByRole("link", { name: "Jobs", exact: true }).click();

    await dashboard.open("damaged.parquet");
    await page.getByRole("region", { name: "Error" }).getByText("corrupt_file").waitFor();
    await page.getByText("Write or copy it again, then upload it.").waitFor();
    await page.getByRole("link", { name: "Jobs", exact: true }).click();
  });

  test("the list filtered by status is an address that can be reloaded and shared", async () => {
    await dashboard.filter("Failed");
    await dashboard.row("orders.parquet").waitFor({ state: "detached" });
    expect(new URL(page.url()).searchParams.getAll("status")).toEqual(["FAILED"]);

    await page.reload();
    await dashboard.row("damaged.parquet").waitFor();
    expect(await dashboard.row("orders.parquet").count()).toBe(0);
    expect(await page.getByRole("checkbox", { name: /^Failed/ }).isChecked()).toBe(true);

    await dashboard.filter("Succeeded");
    await dashboard.row("orders.parquet").waitFor();
    await dashboard.row("damaged.parquet").waitFor();
    await dashboard.filter("All");
    await dashboard.row("orders.parquet").waitFor();
    expect(new URL(page.url()).search).toBe("");
  });

  test("a running job can be cancelled, and tried again with other options", async () => {
    await dashboard.convert(fixture("long.parquet"));
    await dashboard.row("long.parquet").getByText("Running").waitFor();
    await page.getByRole("button", { name: "Cancel long.parquet" }).click();
    await dashboard.row("long.parquet").getByText("Cancelled").waitFor();

    await dashboard.open("long.parquet");
    await page.getByRole("button", { name: "Try again" }).click();
    const dialog = page.getByRole("dialog", { name: "Try long.parquet again" });
    await dialog.getByText("JSON array").click();
    await dialog.getByRole("textbox", { name: "Row limit" }).fill("2");
    await dialog.getByRole("button", { name: "Try again" }).click();
    await page.getByRole("region", { name: "Attempts" }).getByText("2. Succeeded").waitFor();
    await page.getByRole("region", { name: "Attempts" }).getByText("1. Cancelled").waitFor();

    const download = page.waitForEvent("download");
    await page.getByRole("link", { name: "Download", exact: true }).click();
    const row = { text: "x".repeat(100) };
    expect(JSON.parse(await text(await download))).toEqual([row, row]);
  });

  test("a deleted job is gone from the list, and its address says so", async () => {
    const address = page.url();
    await page.getByRole("button", { name: "Delete" }).click();
    await page
      .getByRole("dialog", { name: "Delete long.parquet?" })
      .getByRole("button", { name: "Delete" })
      .click();
    await dashboard.row("damaged.parquet").waitFor();
    expect(await dashboard.row("long.parquet").count()).toBe(0);

    expect(complaints.splice(0)).toEqual([]);
    await page.goto(address);
    await page.getByRole("heading", { name: "Job not found" }).waitFor();
    // The browser itself complains about the 404.
    expect(complaints.splice(0).filter((complaint) => !complaint.includes("404"))).toEqual([]);
    await page.getByRole("link", { name: "See all jobs" }).click();
  });

  test("it follows the system's colours until somebody chooses, and remembers the choice", async () => {
    const scheme = () => page.locator("html").getAttribute("data-mantine-color-scheme");
    expect(await scheme()).toBe("light");
    await page.emulateMedia({ colorScheme: "dark" });
    await page.locator("html[data-mantine-color-scheme=dark]").waitFor();

    await page.getByRole("button", { name: "Colour scheme" }).click();
    await page.getByRole("menuitemradio", { name: "Light" }).click();
    await page.locator("html[data-mantine-color-scheme=light]").waitFor();
    await page.reload();
    expect(await scheme()).toBe("light");
  });

  test("an API that is away is told of, and all is well again when it is back", async () => {
    expect(complaints.splice(0)).toEqual([]);
    await page.route(/\/jobs\?/, (route) => route.abort());
    await page.getByText("Can't reach the server. Retrying…").waitFor();
    await dashboard.row("orders.parquet").waitFor();
    await page.unroute(/\/jobs\?/);
    await page.getByText("Can't reach the server. Retrying…").waitFor({ state: "detached" });
    // The browser itself complains about what could not be loaded.
    expect(complaints.splice(0).filter((complaint) => !complaint.includes("ERR_FAILED"))).toEqual([]);
  });

  test("the page that `npm start` makes of the sources does it, too", async () => {
    await page.goto(session.product.dashboard);
    await dashboard.convert(fixture("orders.parquet"));
    await dashboard.rowWith("orders.parquet", "3").getByText("Succeeded").waitFor();
  });

  test("the browser had nothing to complain about", () => {
    expect(complaints).toEqual([]);
  });
});
