import fs from "node:fs/promises";
import { createRequire } from "node:module";
import { dashboard } from "@unparquet/functions/dashboard";
import { docs } from "@unparquet/functions/docs/build";
import { type Server, serve } from "@unparquet/local/lib/serve";
import type axe from "axe-core";
import { Hono } from "hono";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findChromium, launch } from "./browser.ts";

const chromium = await findChromium(process.env);
const rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

describe.runIf(chromium)("the API's documentation", () => {
  let server: Server;
  let browser: Browser;
  let source: string;
  beforeAll(async () => {
    source = await fs.readFile(createRequire(import.meta.url).resolve("axe-core"), "utf8");
    const pages = dashboard(await docs(), []);
    server = await serve(new Hono().route("/", pages).fetch, 0);
    browser = await launch(chromium ?? "");
  });
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
  });

  /** Opens the page. Fails at the end of the test on what the browser reports and on requests to other hosts. */
  async function open(colorScheme: "light" | "dark", hash = "", width = 1280): Promise<Page> {
    const page = await browser.newPage({ colorScheme, viewport: { width, height: 900 } });
    page.on("console", (message) => {
      if (message.type() === "error") errors.push(message.text());
    });
    page.on("pageerror", (error) => errors.push(error.message));
    page.on("request", (request) => {
      if (new URL(request.url()).origin !== server.url) errors.push(request.url());
    });
    await page.goto(`${server.url}/docs${hash}`);
    await page.getByRole("heading", { name: "Quick start" }).first().waitFor();
    return page;
  }
  let errors: string[] = [];

  test.each([
    ["light", 1280],
    ["dark", 1280],
    ["light", 390],
  ] as const)("loads only its own files and is accessible in %s at %i px", async (colorScheme, width) => {
    errors = [];
    const page = await open(colorScheme, "", width);
    await page.getByRole("link", { name: "unparquet" }).waitFor();
    await page.waitForLoadState("networkidle");
    await page.evaluate(source);
    const { violations } = await page.evaluate<axe.AxeResults>(
      `axe.run(document, { runOnly: ${JSON.stringify(rules)} })`,
    );
    expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
    expect(errors).toEqual([]);
    await page.close();
  });

  test("the quick start has the address of the API, and its lines can be copied", async () => {
    const page = await open("light");
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    await page.getByText(`API=${server.url}`).first().waitFor();
    await page.getByRole("button", { name: "Copy", exact: true }).first().click();
    await page.getByRole("button", { name: "Copied" }).waitFor();
    expect(await page.evaluate("navigator.clipboard.readText()")).toContain(
      `'${server.url}/convert?filename=`,
    );
    await page.close();
  });

  test("the link of a problem leads to the table of errors", async () => {
    const page = await open("light", "#not_ready");
    await page.getByText("The result is not ready").first().waitFor();
    expect(new URL(page.url()).hash).toBe("#description/errors");
    await page.close();
  });
});
