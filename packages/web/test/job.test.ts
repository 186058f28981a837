import type { Options } from "@unparquet/core/conversion/options";
import type { Page } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import { Dashboard } from "./dashboard.ts";
import { send } from "./send.ts";
import { describeInBrowser, fixture } from "./visit.ts";

describeInBrowser("the page of a job", (session) => {
  let page: Page;
  let complaints: string[];

  beforeAll(async () => {
    ({ page, complaints } = await session.visit({
      viewport: { width: 1280, height: 1000 },
      permissions: ["clipboard-read", "clipboard-write"],
    }));
  });

  const open = async (options: Partial<Options>) => {
    const job = await send(session.product.api, fixture("values.parquet"), options);
    await page.goto(`${session.url}/jobs/${job.jobId}`);
    await cell(2, 1).getByText("9007199254740993").waitFor();
    return job;
  };
  const grid = () => page.getByRole("grid", { name: "Rows of the result" });
  /** Cells by row and column, from 1; row 1 is the header. A screen reader counts the rows' numbers as column 1. */
  const cell = (row: number, column: number) =>
    grid().locator(`[role=row][aria-rowindex="${row}"] [aria-colindex="${column + 1}"]`);
  const clipboard = () => page.evaluate(() => navigator.clipboard.readText());
  const press = async (...keys: string[]) => {
    for (const key of keys) await page.keyboard.press(key);
  };

  test.each([
    { format: "ndjson", compression: "none" },
    { format: "ndjson", compression: "gzip" },
    { format: "ndjson", compression: "zstd" },
    { format: "json", compression: "gzip" },
  ] as const)("shows the first rows of $format with compression $compression, exactly", async (options) => {
    await open(options);
    expect(await cell(2, 1).textContent()).toBe("9007199254740993");
    expect(await cell(3, 1).textContent()).toBe("9007199254740994");
    expect(await cell(2, 2).textContent()).toBe('"null"');
    expect(await cell(3, 2).textContent()).toBe("null");
    expect(await cell(4, 2).textContent()).toBe("plain");
    expect(await cell(2, 3).textContent()).toBe('{"city":"Århus","zip":8000}');
    expect(await cell(3, 3).textContent()).toBe("null");
    expect(await cell(2, 4).textContent()).toContain("300 characters");
  });

  test("a large result is not downloaded for its first rows, and is read on as it scrolls", async () => {
    let received = 0;
    const network = await page.context().newCDPSession(page);
    await network.send("Network.enable");
    const fromStorage = new Set<string>();
    network.on("Network.responseReceived", ({ requestId, response }) => {
      if (response.url.includes("/jobs/job_") && response.url.includes(".ndjson")) fromStorage.add(requestId);
    });
    network.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
      if (fromStorage.has(requestId)) received += encodedDataLength;
    });

    const { result } = await open({ compression: "none" });
    expect(result.bytes).toBeGreaterThan(30_000_000);
    expect(received).toBeGreaterThan(0);
    expect(received).toBeLessThan(200_000);
    const first = received;
    await grid().evaluate((element) => element.scrollTo({ top: 300 * 31 }));
    await cell(310, 1)
      .getByText(String(9007199254740992n + 309n))
      .waitFor();
    expect(received).toBeLessThan(first + 400_000);
    await network.detach();
  });

  test("arrows move through the cells, and one key copies what is there", async () => {
    await grid().focus();
    await press("c");
    await page.getByRole("status").getByText("Copied id of row 1").waitFor();
    expect(await clipboard()).toBe("9007199254740993");

    await press("ArrowRight", "ArrowRight", "Control+c");
    await page.getByRole("status").getByText("Copied place of row 1").waitFor();
    expect(await clipboard()).toBe('{"city":"Århus","zip":8000}');

    await press("Control+End", "Home", "c");
    await page.getByRole("status").getByText("Copied id of row 100,000").waitFor();
    expect(await clipboard()).toBe(String(9007199254740993n + 99_999n));
    await cell(100_001, 1).waitFor();
  });

  test("a column of objects is split into their keys, and a key that is missing is told from null", async () => {
    await press("Control+Home", "ArrowRight", "ArrowRight", "Enter");
    await grid().getByRole("columnheader", { name: "place.city" }).waitFor();
    expect(await cell(2, 3).textContent()).toBe("Århus");
    expect(await cell(2, 4).textContent()).toBe("8000");
    expect(await cell(3, 3).textContent()).toBe("missing");
    await press("ArrowDown", "ArrowDown", "c");
    await page.getByRole("status").getByText("place.city of row 2 is missing: nothing to copy").waitFor();
    await press("ArrowUp", "ArrowUp", "Enter");
    await grid()
      .getByRole("columnheader", { name: /^place / })
      .waitFor();
  });

  test("Enter opens a row as a tree, at an address of its own, and back leads to the table", async () => {
    await press("Control+Home", "ArrowDown", "ArrowDown", "ArrowDown", "Enter");
    const tree = page.getByRole("tree", { name: "Row 3 as a tree" });
    await tree.waitFor();
    expect(new URL(page.url()).search).toBe("?view=tree&row=3");
    await tree.getByRole("treeitem", { name: /^city/ }).waitFor();

    await tree.getByRole("treeitem").first().focus();
    await press("ArrowDown", "ArrowDown", "c");
    await page.getByRole("status").getByText("Copied place of row 3").waitFor();
    expect(await clipboard()).toBe('{"city":"Århus","zip":8000}');
    await press("ArrowLeft");
    await tree.getByRole("treeitem", { name: /^city/ }).waitFor({ state: "hidden" });

    await page.getByRole("button", { name: "Unfold" }).click();
    await tree.getByText(`"${"x".repeat(300)}"`).waitFor();

    await page.goBack();
    await grid().waitFor();
    expect(new URL(page.url()).search).toBe("");
  });

  test("a link to a row shows that row, and no other", async () => {
    const { jobId } = await open({ compression: "none" });
    const visitRow = (row: number) => page.goto(`${session.url}/jobs/${jobId}?view=tree&row=${row}`);
    const tree = (row: number) => page.getByRole("tree", { name: `Row ${row} as a tree` });
    const id = (row: number) => String(9007199254740992n + BigInt(row));
    const anyTree = page.getByRole("tree");

    await visitRow(300);
    await tree(300).getByText(id(300)).waitFor();
    await page.getByRole("button", { name: "The next row" }).click();
    await tree(301).getByText(id(301)).waitFor();

    await visitRow(60_000);
    await tree(60_000).getByText(id(60_000)).waitFor();

    await visitRow(100_001);
    await page.getByText("There is no row 100,001: the result has 100,000 rows.").waitFor();
    expect(await anyTree.count()).toBe(0);
    await page.getByRole("button", { name: "The row before" }).click();
    await tree(100_000).getByText(id(100_000)).waitFor();
    await page.getByText("Table", { exact: true }).click();
    await cell(100_001, 1).getByText(id(100_000)).waitFor();
  });

  test("it says how long each step took, and lets one copy lines for each tool", async () => {
    const attempts = page.getByRole("region", { name: "Attempts" });
    for (const step of ["Queued", "Running", "Succeeded", "Uploaded"]) {
      await attempts.getByRole("term").getByText(step, { exact: true }).waitFor();
    }
    expect(await attempts.getByRole("definition").allTextContents()).toEqual([
      expect.stringMatching(/^[\d.]+(ms|s)$/),
      expect.stringMatching(/^[\d.]+(ms|s)$/),
      expect.stringMatching(/20\d\d/),
      expect.stringMatching(/^[\d.]+(ms|s)$/),
    ]);

    const box = page.getByRole("region", { name: "Open in…" });
    for (const [tool, part] of [
      ["curl", "curl -fLo 'values.ndjson' 'http"],
      ["DuckDB", `"id": 'BIGINT',`],
      ["pandas", '"id": "Int64",'],
      ["Polars", '"id": pl.Int64,'],
      ["jq", "| jq -c '.'"],
      ["fetch", "await fetch("],
    ] as const) {
      await box.getByRole("tab", { name: tool }).click();
      await box.getByRole("button", { name: `Copy the lines for ${tool}`, exact: true }).click();
      await page.getByRole("status").getByText(`Lines for ${tool} copied`).waitFor();
      expect(await clipboard()).toContain(part);
    }
    await box.getByRole("tab", { name: "curl" }).click();
    await box.getByRole("button", { name: "Copy the lines for curl that can be resumed" }).click();
    await expect
      .poll(clipboard)
      .toMatch(/^curl -fL -C - -o '(job_\S+-1\.part)' '\S+' && mv '\1' 'values.ndjson'$/);
  });

  test("while it runs, it says how fast and how much longer", async () => {
    await page.goto(session.url);
    const dashboard = new Dashboard(page);
    await dashboard.convert(fixture("long.parquet"));
    await dashboard.row("long.parquet").getByText("Running").waitFor();
    await dashboard.open("long.parquet");
    await page.getByText(/rows a second · about .+ left/).waitFor();
    await page.getByText(/so far/).waitFor();
    await page.getByRole("button", { name: "Cancel" }).click();
    await page.getByRole("region", { name: "Attempts" }).getByText("1. Cancelled").waitFor();
  });

  test("the overview says of how many jobs it is, in pictures and in figures", async () => {
    await page.goto(session.url);
    await page.getByRole("link", { name: "Overview" }).click();
    await page.getByText(/^All \d+ jobs$/).waitFor();
    const outcomes = page.getByRole("region", { name: "Jobs by outcome" });
    await outcomes.locator("svg.recharts-surface").first().waitFor();
    await outcomes.getByText("Show as table").click();
    await outcomes.getByRole("columnheader", { name: "Succeeded" }).waitFor();
  });

  test("a result that is gone from the storage says so, and can be read again when it is back", async () => {
    await page.route(/\.ndjson/, (route) => route.fulfill({ status: 403 }));
    const job = await send(session.product.api, fixture("values.parquet"), {});
    await page.goto(`${session.url}/jobs/${job.jobId}`);
    await page.getByRole("alert").getByText("The output is no longer there.").waitFor();
    await page.unroute(/\.ndjson/);
    await page.getByRole("button", { name: "Read again" }).click();
    await cell(2, 1).getByText("9007199254740993").waitFor();

    await page.route(/\.ndjson/, (route) => route.abort());
    await page.reload();
    await page.getByRole("alert").getByText("The storage does not answer.").waitFor();
    expect(await page.getByText("Can't reach the server").count()).toBe(0);
    await page.unroute(/\.ndjson/);
    await page.getByRole("button", { name: "Read again" }).click();
    await cell(2, 1).getByText("9007199254740993").waitFor();
    // The browser itself complains about the 403, and that it came without the headers of another origin.
    const own = complaints.splice(0).filter((complaint) => !/403|CORS|ERR_FAILED/.test(complaint));
    expect(own).toEqual([]);
  });
});
