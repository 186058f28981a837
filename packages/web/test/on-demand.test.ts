import { stage } from "@unparquet/local/platform";
import type { Page } from "playwright-core";
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Dashboard } from "./dashboard.ts";
import { send } from "./send.ts";
import { describeInBrowser, fixture, named } from "./visit.ts";

const failure = "Part of this page failed to load.";

// What is built comes in parts; the dev server's come one module at a time.
describeInBrowser("parts that are fetched on demand", (session) => {
  /** Files the page fetches before its list of jobs shows. */
  let first: string[];
  let jobUrl: string;
  let page: Page;
  let dashboard: Dashboard;

  beforeAll(async () => {
    const index = await (await fetch(session.url, { headers: { Accept: "text/html" } })).text();
    first = [...index.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, file = ""]) => file);
    const { jobId } = await send(session.product.api, fixture("orders.parquet"), {});
    jobUrl = `${session.url}/jobs/${jobId}`;
  });

  beforeEach(async () => {
    ({ page, dashboard } = await session.visit());
  });
  afterEach(() => page?.close());

  const isPart = (url: URL) => url.pathname.startsWith("/assets/") && !first.includes(url.pathname);
  const isStorage = (url: URL) => url.pathname.startsWith(`/${stage.inputBucket}/`);

  /** As a newer deployment does: what the page has not fetched by now is gone. */
  const replaceDeployment = () => page.route(isPart, (route) => route.fulfill({ status: 404 }));
  const openList = async () => {
    await page.goto(session.url);
    await dashboard.row("orders.parquet").first().waitFor();
  };
  /** An upload that goes on until the test ends. */
  const beginUpload = async () => {
    await page.route(isStorage, () => undefined);
    await dashboard.convert(await named("slow.parquet", "orders.parquet"));
    await page.getByRole("button", { name: "Pause the upload of slow.parquet" }).waitFor();
  };
  const pauseUpload = async () => {
    await page.getByRole("button", { name: "Pause the upload of slow.parquet" }).click();
    await page.getByText(/^Paused/).waitFor();
  };
  const alert = () => page.getByRole("alert").filter({ hasText: failure });
  const retry = () => alert().getByRole("button", { name: "Retry" });

  describe("when a newer deployment has replaced them", () => {
    test("menus, dialogs and notifications are there all the same", async () => {
      await openList();
      await replaceDeployment();
      await page.getByRole("button", { name: "Columns" }).click();
      await page.getByRole("menuitemcheckbox", { name: "Took" }).waitFor();
      await dashboard.enterMenu();
      await page.keyboard.press("Escape");
      await page.getByRole("button", { name: "Actions for orders.parquet" }).first().click();
      await page.getByRole("menuitem", { name: "Copy link" }).click();
      await page
        .getByRole("alert")
        .getByText("could not be copied")
        .or(page.getByText("Link copied"))
        .waitFor();
      await page.getByRole("button", { name: "Actions for orders.parquet" }).first().click();
      await page.getByRole("menuitem", { name: "Delete" }).click();
      await page.getByRole("dialog", { name: "Delete orders.parquet?" }).waitFor();
      expect(await alert().count()).toBe(0);
    });

    test("a part whose styles alone are missing says so, and has them afterwards", async () => {
      const isStyle = (url: URL) => isPart(url) && url.pathname.endsWith(".css");
      await page.route(isStyle, (route) => route.fulfill({ status: 404 }));
      await openList();
      await dashboard.choose(fixture("orders.parquet"));
      await retry().waitFor();
      await page.unroute(isStyle);
      await retry().click();
      const name = dashboard.chosen.getByText("orders.parquet", { exact: true });
      await expect
        .poll(() => name.evaluate((element) => getComputedStyle(element).textOverflow))
        .toBe("ellipsis");
    });

    test("the JSON of a job that cannot be shown says so in its place, and the rest of the page is there", async () => {
      const isPreview = (url: URL) => url.pathname.includes("/assets/preview-");
      await page.route(isPreview, (route) => route.fulfill({ status: 404 }));
      await page.goto(jobUrl);
      await alert().waitFor();
      await page.getByRole("heading", { name: "Attempts" }).waitFor();
      await page.unroute(isPreview);
      await retry().click();
      await page.getByRole("grid", { name: "Rows of the result" }).waitFor();
    });

    test("a running upload stays in sight and can be paused, whatever else is missing", async () => {
      await openList();
      await beginUpload();
      await replaceDeployment();
      await page.getByRole("link", { name: "Overview" }).click();
      await page.getByRole("heading", { name: "This page failed to load" }).waitFor();
      await page.getByRole("link", { name: "unparquet, all jobs" }).click();
      await pauseUpload();
    });

    test("a chosen file that cannot be shown says so in its place, and is there with a retry", async () => {
      await replaceDeployment();
      await openList();
      await dashboard.choose(fixture("orders.parquet"));
      await retry().waitFor();
      await dashboard.row("orders.parquet").first().waitFor();
      await page.unroute(isPart);
      await retry().click();
      await page.getByRole("region", { name: "Sample of the JSON" }).getByText("Århus").waitFor();
    });

    test.each([
      ["worker", "/assets/worker-"],
      ["WebAssembly module", "/assets/unparquet-"],
    ])("a file can be converted without a preview when the %s of the preview is missing", async (_, name) => {
      const isMissing = (url: URL) => url.pathname.includes(name);
      await page.route(isMissing, (route) => route.fulfill({ status: 404 }));
      await openList();
      await dashboard.choose(fixture("orders.parquet"));
      await dashboard.chosen.getByText(failure).waitFor();
      await dashboard.choose(fixture("values.parquet"));
      await page.getByRole("button", { name: "Convert all 2 files" }).waitFor();
      await page.unroute(isMissing);
      await page.evaluate(() => window.dispatchEvent(new Event("online")));
      await dashboard.chosen.getByText("3 rows").waitFor();
      await dashboard.chosen.getByText("100,000 rows").waitFor();
    });

    test("another page is reloaded by itself, but not where a chosen file would be lost", async () => {
      await replaceDeployment();
      await openList();
      await dashboard.choose(fixture("orders.parquet"));
      await page.getByRole("link", { name: "Overview" }).click();
      await page.getByRole("heading", { name: "This page failed to load" }).waitFor();
      await page.goto(session.url);
      await page.evaluate(() => Object.assign(window, { isOld: true }));
      await page.getByRole("link", { name: "Overview" }).click();
      await page.waitForFunction(() => !("isOld" in window));
      // Once is enough: the same again would fail the same.
      await page.getByRole("heading", { name: "This page failed to load" }).waitFor();
      await page.unroute(isPart);
      await page.getByRole("button", { name: "Reload" }).click();
      await page.getByRole("heading", { name: "Overview", exact: true }).waitFor();
    });
  });

  describe("when the browser is offline", () => {
    const setOffline = (offline: boolean) => page.context().setOffline(offline);

    test("a chosen file waits, and is there by itself once the browser is online", async () => {
      await replaceDeployment();
      await openList();
      await page.unroute(isPart);
      await setOffline(true);
      await dashboard.choose(fixture("orders.parquet"));
      await retry().waitFor();
      await setOffline(false);
      await page.getByRole("region", { name: "Sample of the JSON" }).getByText("Århus").waitFor();
      expect(await alert().count()).toBe(0);
    });

    test.each([
      ["Overview", "Overview"],
      ["orders.parquet", "orders.parquet"],
    ])(
      "the page behind %s says that it failed to load, and comes by itself once the browser is online",
      async (link, heading) => {
        await replaceDeployment();
        await openList();
        await page.unroute(isPart);
        await setOffline(true);
        await page.getByRole("link", { name: link, exact: true }).first().click();
        await page.getByRole("heading", { name: "This page failed to load" }).waitFor();
        await page.getByRole("button", { name: "Reload" }).waitFor();
        await page.getByRole("link", { name: "unparquet, all jobs" }).waitFor();
        await setOffline(false);
        await page.getByRole("heading", { name: heading, exact: true }).waitFor();
      },
    );

    test("the list says what could not be done, and does it afterwards", async () => {
      await page.goto(session.url);
      await dashboard.convert(fixture("long.parquet"));
      await dashboard.row("long.parquet").getByText("Running").waitFor();
      await setOffline(true);
      await page.getByRole("button", { name: "Cancel long.parquet" }).click();
      await page.getByRole("alert").getByText("long.parquet could not be cancelled").waitFor();
      await setOffline(false);
      await page.getByRole("button", { name: "Cancel long.parquet" }).click();
      await dashboard.row("long.parquet").getByText("Cancelled").waitFor();
    });
  });

  test("small parts are there without being asked for, so a later deployment does not take them away", async () => {
    await openList();
    const names = ["chosen-list", "options-form", "job-route"];
    await expect
      .poll(() => page.evaluate(() => performance.getEntriesByType("resource").map(({ name }) => name)))
      .toEqual(expect.arrayContaining(names.map((name) => expect.stringContaining(`/assets/${name}-`))));
    await page.waitForLoadState("networkidle");
    await replaceDeployment();
    await page.getByRole("link", { name: "orders.parquet" }).first().click();
    await page.getByRole("heading", { name: "orders.parquet" }).waitFor();
  });
});
