import fs from "node:fs/promises";
import type { JobSummary } from "@unparquet/core/job/schema";
import { unzipSync } from "fflate";
import type { Page } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import type { Dashboard } from "./dashboard.ts";
import { describeInBrowser, named } from "./visit.ts";

const count = 60;
const repeated = "part 7.parquet";
const failing = "part 30.parquet";

// One person's batch: each test goes on where the one before it ended.
describeInBrowser("files that are added together", (session) => {
  let page: Page;
  let dashboard: Dashboard;
  let complaints: string[];
  /** The batch's results in the order of its files, each with its content. */
  let results: { name: string; text: string }[];

  const line = () => page.getByRole("group", { name: "Files added together" });
  const dialog = () => page.getByRole("dialog");
  const download = async (kind: string) => {
    const downloaded = page.waitForEvent("download");
    await dialog().getByRole("button", { name: kind }).click();
    const file = await downloaded;
    return { name: file.suggestedFilename(), bytes: await fs.readFile(await file.path()) };
  };

  beforeAll(async () => {
    ({ page, dashboard, complaints } = await session.visit({ viewport: { width: 1280, height: 800 } }));
    // As in Firefox and Safari. Nobody can press the buttons of the real one here.
    await page.addInitScript(() => Reflect.deleteProperty(window, "showSaveFilePicker"));
    await page.goto(session.url);
  });

  test("the count of files that cannot be converted leads to them", async () => {
    const files = await Promise.all(
      Array.from({ length: count - 1 }, (_, nth) => {
        const name = `part ${nth + 1}.parquet`;
        if (name === failing) return named(name, "damaged.parquet");
        return named(
          name,
          nth % 2 === 0 ? "orders.parquet" : "../../../../glue/tests/foreign/fastparquet-json.parquet",
        );
      }),
    );
    // Another of the same name, as from another folder.
    files.push(await named(repeated, "orders.parquet"));
    files.push({ name: "notes.parquet", mimeType: "", buffer: Buffer.from("not a Parquet file") });
    await dashboard.choose(files.reverse());
    await page.getByRole("button", { name: `Convert all ${count} files` }).waitFor();
    await page.evaluate(() => window.scrollTo(0, document.body.scrollHeight));
    await dashboard.chosen.getByRole("button", { name: "1 file cannot be converted" }).click();
    const row = dashboard.chosen.getByRole("listitem").filter({ hasText: "notes.parquet" });
    await expect.poll(() => row.evaluate((item) => item === document.activeElement)).toBe(true);
    await page.getByRole("button", { name: "Remove notes.parquet" }).click();
  });

  test("their line counts uploads and conversions to the end, with failures and their reasons", async () => {
    await dashboard.convert();
    await line().getByRole("progressbar", { name: "Upload and conversion of all" }).waitFor();
    await line()
      .getByText(`${count} uploaded · ${count - 1} converted · 1 failed`)
      .waitFor({ timeout: 240_000 });
    expect(await line().getByRole("progressbar").count()).toBe(0);
    expect(await page.getByRole("region", { name: "Uploads", exact: true }).count()).toBe(0);
    const failures = line().getByRole("list", { name: "Failed files" }).getByRole("listitem");
    expect(await failures.count()).toBe(1);
    await failures.getByRole("link", { name: failing }).click();
    await page.getByRole("heading", { name: failing }).waitFor();
    await page.goBack();
    await line().waitFor();

    const answer = await fetch(`${session.product.api}/jobs?limit=1000`);
    const { jobs } = (await answer.json()) as { jobs: JobSummary[] };
    const inOrder = jobs
      .filter(({ result }) => result !== null)
      .toSorted((a, b) => a.filename.localeCompare(b.filename, "en", { numeric: true }));
    results = await Promise.all(
      inOrder.map(async ({ result }) => ({
        name: result?.filename ?? "",
        text: await (await fetch(result?.url ?? "")).text(),
      })),
    );
    expect(results).toHaveLength(count - 1);
    expect(new Set(results.map(({ text }) => text)).size).toBe(2);
  });

  test("all results are one zip, in the order of the files, byte for byte", async () => {
    await line().getByRole("button", { name: "Download all" }).click();
    await dialog().getByText("This browser saves at most 2 GB at once").waitFor();
    const { name, bytes } = await download("Zip file");
    expect(name).toBe("unparquet.zip");
    const entries = Object.entries(unzipSync(bytes));
    expect(entries.map(([name]) => name)).toEqual(
      results.map(({ name }, nth) =>
        name === results[nth - 1]?.name ? name.replace(".ndjson", " (2).ndjson") : name,
      ),
    );
    expect(entries.map(([, content]) => Buffer.from(content).toString())).toEqual(
      results.map(({ text }) => text),
    );
    await page
      .getByRole("alert")
      .getByText(`Downloaded ${count - 1} results`)
      .waitFor();
  });

  test("all results are one merged NDJSON file", async () => {
    await line().getByRole("button", { name: "Download all" }).click();
    const { name, bytes } = await download("One merged NDJSON file");
    expect(name).toBe("unparquet.ndjson");
    expect(bytes.toString()).toBe(results.map(({ text }) => text).join(""));
  });

  test("a browser with a file picker streams to the file, and a failure leaves none and names the result", async () => {
    // No test can press the picker's buttons, so its answer is a file of the page's private file system: the same kind of handle.
    await page.evaluate(() => {
      window.showSaveFilePicker = async ({ suggestedName }: { suggestedName: string }) =>
        (await navigator.storage.getDirectory()).getFileHandle(suggestedName, { create: true });
    });
    const saved = () =>
      page.evaluate(async () => {
        try {
          const handle = await (await navigator.storage.getDirectory()).getFileHandle("unparquet.ndjson");
          return (await handle.getFile()).text();
        } catch {
          return null;
        }
      });
    const merge = async () => {
      await line().getByRole("button", { name: "Download all" }).click();
      await dialog().getByRole("button", { name: "One merged NDJSON file" }).click();
    };
    await merge();
    await expect.poll(saved).toBe(results.map(({ text }) => text).join(""));

    expect(complaints).toEqual([]);
    await page.route(/part(%20| |_)12\.ndjson/, (route) => route.abort());
    await merge();
    await page
      .getByRole("alert")
      .getByText("\u2068part 12.ndjson\u2069: The storage does not answer. No file was saved.")
      .waitFor();
    expect(await saved()).toBeNull();
  });

  test("their line can be hidden, and selected jobs are downloaded together as well", async () => {
    await line().getByRole("button", { name: "Hide" }).click();
    await line().waitFor({ state: "detached" });
    await page
      .getByRole("grid", { name: "Jobs" })
      .getByRole("checkbox", { name: /^Select all/ })
      .click();
    await page.getByRole("button", { name: `Download ${count - 1} results` }).click();
    await dialog().getByRole("button", { name: "Zip file" }).waitFor();
  });
});
