import { execFile } from "node:child_process";
import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import type { Options } from "@unparquet/core/conversion/options";
import type { ConversionErrorCode } from "@unparquet/core/errors";
import { hostWheel, python } from "@unparquet/local/lib/paths";
import pMap from "p-map";
import type { Download, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { describeRefusal } from "../src/features/add-files/inspect/refusal.ts";
import type { Dashboard } from "./dashboard.ts";
import { send } from "./send.ts";
import { describeInBrowser, fixture } from "./visit.ts";

const corpus = process.env.PARQUET_TESTING;
/** Its JSON has 2 GiB. */
const tooLarge = "large_string_map.brotli.parquet";
const bytesOf = async (download: Download) => fs.readFile(await download.path());

describeInBrowser("conversions in the tab", (session) => {
  let page: Page;
  let dashboard: Dashboard;
  let complaints: string[];
  /** Requests that are not for a part of the page. */
  const requests: string[] = [];

  beforeAll(async () => {
    ({ page, dashboard, complaints } = await session.visit());
    page.on("request", (request) => {
      const { pathname, protocol } = new URL(request.url());
      const isOfPage = protocol === "blob:" || request.method() === "GET";
      if (!isOfPage || pathname.startsWith("/jobs/")) requests.push(`${request.method()} ${pathname}`);
    });
    await page.goto(session.url);
  });

  const conversions = () => page.getByRole("region", { name: "Converted in this tab" });
  const convertHere = () => page.getByRole("button", { name: "Convert in this tab" }).click();
  const removeAll = async () => {
    await page
      .getByRole("button", { name: /^Remove (all$|.*parquet$)/ })
      .first()
      .click();
    await dashboard.chosen.waitFor({ state: "detached" });
  };
  const set = (option: string, value: string) =>
    page.getByRole("radiogroup", { name: option }).getByText(value, { exact: true }).click();

  test("a file becomes the bytes of the server's result, and nothing is sent", async () => {
    await dashboard.choose(fixture("orders.parquet"));
    for (const [format, formatLabel] of [
      ["ndjson", "NDJSON"],
      ["json", "JSON array"],
    ] as const) {
      for (const [compression, label] of [
        ["none", "None"],
        ["gzip", "gzip"],
        ["zstd", "zstd"],
      ] as const) {
        await set("Format", formatLabel);
        await set("Compression", label);
        const [download] = await Promise.all([page.waitForEvent("download"), convertHere()]);
        const options: Partial<Options> = { format, compression };
        const { result } = await send(session.product.api, fixture("orders.parquet"), options);
        const expected = await (await fetch(result?.url ?? "")).arrayBuffer();
        expect(download.suggestedFilename()).toBe(path.basename(new URL(result?.url ?? "").pathname));
        expect(
          Buffer.compare(await bytesOf(download), Buffer.from(expected)),
          `${format}, ${compression}`,
        ).toBe(0);
      }
    }
    await conversions().getByText("In this tab: 6 of 6 converted").waitFor();
    expect(requests).toEqual([]);
    const [again] = await Promise.all([
      page.waitForEvent("download"),
      conversions().getByRole("button", { name: "Save again" }).first().click(),
    ]);
    expect((await bytesOf(again)).toString()).toBe(await fs.readFile(fixture("orders.ndjson"), "utf8"));
    await set("Format", "NDJSON");
    await set("Compression", "None");
    await conversions().getByRole("button", { name: "Clear finished" }).click();
    await removeAll();
  });

  test("what fails says why with the converter's code, and a long one is cancelled", async () => {
    await dashboard.choose(fixture("damaged.parquet"));
    await convertHere();
    await conversions().getByText("corrupt_file").waitFor();
    await conversions().getByRole("button", { name: "Remove damaged.parquet" }).click();
    await removeAll();
    await dashboard.choose(fixture("long.parquet"));
    await convertHere();
    await conversions()
      .getByText(/^Converting… \d/)
      .waitFor();
    await conversions().getByRole("button", { name: "Cancel long.parquet" }).click();
    await conversions().waitFor({ state: "detached" });
    await removeAll();
    expect(requests).toEqual([]);
  });

  describe.runIf(corpus)("of the corpus", () => {
    type Outcome = { json: Buffer } | { code: ConversionErrorCode; message: string };
    let converter: string;
    let files: string[];

    beforeAll(async () => {
      converter = await fs.mkdtemp(path.join(os.tmpdir(), "unparquet-converter-"));
      await promisify(execFile)(python, ["-m", "zipfile", "-e", await hostWheel(), converter]);
      const names = await fs.readdir(corpus ?? "", { recursive: true });
      // Files of two folders may have the same name, and an output tells only that.
      files = await pMap(
        names.filter((name) => /\.parquet(\.encrypted)?$/.test(name) && path.basename(name) !== tooLarge),
        async (name) => {
          const file = path.join(converter, name.replaceAll("/", "-"));
          await fs.copyFile(path.join(corpus ?? "", name), file);
          return file;
        },
      );
    }, 600_000);
    afterAll(() => fs.rm(converter, { recursive: true, force: true }));

    async function convert(file: string): Promise<Outcome> {
      const run = promisify(execFile)(python, ["-m", "unparquet.cli", "convert", file, "-"], {
        encoding: "buffer",
        env: { ...process.env, PYTHONPATH: converter },
        maxBuffer: 2 ** 30,
      });
      try {
        return { json: (await run).stdout };
      } catch (error) {
        const [, code, message = ""] =
          /^unparquet: (\w+): (.*)$/m.exec(String((error as { stderr: Buffer }).stderr)) ?? [];
        if (code === undefined) throw error;
        return { code: code as ConversionErrorCode, message };
      }
    }

    test("every file becomes what the converter writes, or fails with the same code", async () => {
      const expected = new Map(
        await pMap(files, async (file) => [path.basename(file), await convert(file)] as const, {
          concurrency: 2,
        }),
      );
      const downloads = new Map<string, Download>();
      page.on("download", (download) => downloads.set(download.suggestedFilename(), download));
      await dashboard.choose(files);
      const button = page.getByRole("button", { name: "Convert in this tab" });
      await expect.poll(() => button.isEnabled(), { timeout: 60_000 }).toBe(true);
      await button.click();
      await conversions()
        .getByText(/: (\d+) of \1 converted$/)
        .waitFor({ timeout: 240_000 });

      const saved = [...expected.values()].filter((outcome) => "json" in outcome).length;
      await expect.poll(() => downloads.size, { timeout: 120_000 }).toBe(saved);
      const rows = conversions().getByRole("listitem");
      const failed = await rows
        .filter({ has: page.locator("code") })
        .evaluateAll((items) =>
          items.map((item) => [
            item.querySelector("p")?.textContent,
            item.querySelector("code")?.textContent,
          ]),
        );
      const codes = new Map(failed as [string, string][]);
      for (const [name, outcome] of expected) {
        const output = `${name.replace(/\.parquet$/, "")}.ndjson`;
        const download = downloads.get(output);
        if ("json" in outcome) {
          expect(download, name).toBeDefined();
          if (download) expect(Buffer.compare(await bytesOf(download), outcome.json), name).toBe(0);
        } else if (codes.has(name)) expect(codes.get(name), name).toBe(outcome.code);
        else {
          // Known by its footer, so that no conversion is offered.
          const words = describeRefusal({ name: "EngineError", ...outcome });
          const refused = dashboard.chosen.getByText(words).or(dashboard.chosen.getByText("PAR1"));
          expect(await refused.count(), `${name}: ${words}`).toBeGreaterThan(0);
        }
      }
    }, 600_000);
  });

  test("the browser had nothing to complain about", () => {
    expect(complaints).toEqual([]);
  });
});
