import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Page } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import type { Dashboard } from "./dashboard.ts";
import { describeInBrowser, fixture } from "./visit.ts";

// One visit: each test continues where the one before it ended.
describeInBrowser("the deployed dashboard under its content security policy", (session) => {
  let page: Page;
  let dashboard: Dashboard;
  let complaints: string[];
  const violations: string[] = [];

  beforeAll(async () => {
    ({ page, dashboard, complaints } = await session.visit({
      permissions: ["clipboard-read", "clipboard-write"],
    }));
    await page.exposeFunction("keepViolation", (violation: string) => violations.push(violation));
    await page.addInitScript(() => {
      document.addEventListener("securitypolicyviolation", (event) => {
        const { effectiveDirective, blockedURI, sourceFile, sample } = event;
        const keep: (violation: string) => void = Reflect.get(window, "keepViolation");
        keep(`${effectiveDirective} ${blockedURI} ${sourceFile} ${sample}`);
      });
    });
    await page.goto(session.url);
  });

  const open = (tab: string) => page.getByRole("tab", { name: tab }).click();

  test("a chosen file is read in the worker, compressed pages too, and shown in every way", async () => {
    await dashboard.choose([fixture("orders.parquet"), fixture("values.parquet")]);
    // Its pages are Snappy, which is decompressed by WebAssembly.
    await dashboard.chosen.getByRole("button", { name: /^orders/ }).click();
    await page.getByRole("region", { name: "Sample of the JSON" }).getByText("Århus").waitFor();
    await dashboard.chosen.getByRole("button", { name: /^values/ }).click();
    await page.getByRole("region", { name: "Sample of the JSON" }).getByText("9007199254740993").waitFor();
    await page.getByLabel("Row limit").fill("100");
    await open("Schema");
    await page.getByRole("tree", { name: "Columns to convert" }).waitFor();
    await open("Rows");
    await page.getByRole("grid", { name: "Rows of the file" }).getByText("9007199254740993").waitFor();
    await open("Statistics");
    await page.getByRole("row", { name: /^id/ }).waitFor();
  });

  test("files are uploaded to the bucket and converted", async () => {
    await dashboard.convert();
    await dashboard.row("orders.parquet").getByText("Succeeded").waitFor();
    await dashboard.row("values.parquet").getByText("Succeeded").waitFor();
  });

  test("a menu, a dialog and a notification show as they should", async () => {
    await page.getByRole("button", { name: "Colour scheme" }).click();
    await page.getByRole("menuitemradio", { name: "Dark" }).click();
    await page.locator("html[data-mantine-color-scheme=dark]").waitFor();
    await page.getByRole("button", { name: "Actions for orders.parquet" }).click();
    await page.getByRole("menuitem", { name: "Delete" }).click();
    await page.getByRole("button", { name: "Keep" }).click();
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await page.getByRole("button", { name: "Actions for orders.parquet" }).click();
    await page.getByRole("menuitem", { name: "Copy link" }).click();
    await page.getByRole("alert").getByText("Link copied").waitFor();
  });

  test("a result is read from its bucket, as a table and as a tree, and downloaded", async () => {
    await dashboard.open("values.parquet");
    await page.getByRole("grid", { name: "Rows of the result" }).waitFor();
    await page.getByText("Tree", { exact: true }).click();
    await page.getByRole("tree").waitFor();
    const download = page.waitForEvent("download");
    await page.getByRole("link", { name: "Download", exact: true }).click();
    expect((await download).suggestedFilename()).toBe("values.ndjson");
  });

  test("the overview draws its charts", async () => {
    await page.getByRole("link", { name: "Overview" }).click();
    await page.locator("svg.recharts-surface").first().waitFor();
  });

  test("the API's documentation opens from the header", async () => {
    await page.getByRole("link", { name: "API", exact: true }).click();
    await page.getByRole("heading", { name: "Quick start" }).first().waitFor();
    await page.goBack();
    await page.getByRole("link", { name: "Overview" }).waitFor();
  });

  test("nothing of that was against the policy", () => {
    // Scalar's Zod tries whether it may use eval, and does without.
    const probe = /^script-src eval \S+\/docs\/scalar\.js $/;
    expect(violations.filter((violation) => !probe.test(violation))).toEqual([]);
    expect(complaints).toEqual([]);
  });

  test("a script that was smuggled in does not run, and nothing can be sent elsewhere", async () => {
    const { strange, stop } = await startStranger();
    violations.length = 0;
    try {
      await page.evaluate(async (url) => {
        const add = (name: string, properties: object) =>
          document.body.append(Object.assign(document.createElement(name), properties));
        add("script", { textContent: "window.smuggled = true" });
        add("script", { src: `${url}/script.js` });
        add("img", { src: `${url}/image.png` });
        add("iframe", { src: `${url}/frame` });
        add("object", { data: `${url}/object` });
        await fetch(`${url}/fetch`).catch(() => undefined);
      }, strange.url);
      await expect
        .poll(() => violations.map((violation) => violation.split(" ")[0]).toSorted())
        .toEqual(["connect-src", "frame-src", "img-src", "object-src", "script-src-elem", "script-src-elem"]);
      expect(await page.evaluate(() => "smuggled" in window)).toBe(false);
      expect(strange.asked).toEqual([]);
    } finally {
      await stop();
    }
  });

  test("no other page can frame it", async () => {
    const { strange, stop } = await startStranger(`<iframe src="${session.url}"></iframe>`);
    try {
      const other = await session.browser.newPage();
      const refused = other.waitForEvent("console", (message) => message.text().includes("frame"));
      await other.goto(strange.url);
      expect((await refused).text()).toMatch(/frame-ancestors|X-Frame-Options/);
      await other.close();
    } finally {
      await stop();
    }
  });
});

/** A page and server of another origin, and what it was asked for. */
async function startStranger(html = "") {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? "");
    response.setHeader("Content-Type", "text/html").end(html);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    strange: { url, asked },
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
