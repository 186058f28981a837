import type { Page } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import type { Dashboard } from "./dashboard.ts";
import { describeInBrowser, fixture } from "./visit.ts";

declare global {
  interface Window {
    /** What began to move on this page since it was loaded, with what of it did. */
    moved: string[];
  }
}

// One visit: each test goes on where the one before it ended.
describeInBrowser("for who wants less motion, nothing moves", (session) => {
  let page: Page;
  let dashboard: Dashboard;
  let complaints: string[];

  beforeAll(async () => {
    ({ page, dashboard, complaints } = await session.visit({ viewport: { width: 1280, height: 900 } }));
    await page.emulateMedia({ reducedMotion: "reduce" });
    await page.addInitScript(() => {
      window.moved = [];
      const note = (event: AnimationEvent | TransitionEvent) => {
        const what = "propertyName" in event ? event.propertyName : event.animationName;
        window.moved.push(`${what} of ${(event.target as Element).outerHTML.slice(0, 120)}`);
      };
      addEventListener("animationstart", note, true);
      addEventListener("transitionrun", note, true);
      Element.prototype.animate = () => {
        throw new Error("Something is animated by script.");
      };
    });
    await page.goto(session.url);
  });

  /** Fails with what moves now, or did since the page was loaded, however briefly. */
  const expectStill = async () => {
    expect(await page.evaluate(() => window.moved)).toEqual([]);
    expect(await page.evaluate(() => document.getAnimations().length)).toBe(0);
  };

  test("while a file is chosen, uploaded and converted", async () => {
    await dashboard.jobs.getByText("No jobs yet").waitFor();
    await page.getByText("Drop Parquet files here").hover({ force: true });
    await dashboard.choose(fixture("orders.parquet"));
    for (const tab of ["Rows", "Statistics", "JSON"]) await page.getByRole("tab", { name: tab }).click();
    await page.getByText("JSON array").click();
    await page.getByRole("button", { name: /^orders\.parquet/ }).click();
    await expectStill();
    await dashboard.convert();
    await dashboard.row("orders.parquet").getByText("Succeeded").waitFor();
    await expectStill();
  });

  test("while a job is under way, in the list and on its page", async () => {
    await dashboard.convert(fixture("long.parquet"));
    await dashboard.row("long.parquet").getByText("Starting…").waitFor();
    await expectStill();
    await dashboard.open("long.parquet");
    await page.getByText(/rows a second/).waitFor();
    await expectStill();
    await page.getByRole("button", { name: "Cancel" }).click();
    await page.getByRole("region", { name: "Attempts" }).getByText("1. Cancelled").waitFor();
    await expectStill();
  });

  test("when a dialog, a menu or a message comes and goes", async () => {
    await page.getByRole("button", { name: "Try again" }).click();
    await page.getByRole("dialog").getByText("JSON array").click();
    await expectStill();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });

    await page.getByRole("button", { name: "Colour scheme" }).click();
    await page.getByRole("menu").waitFor();
    await expectStill();
    await page.getByRole("menuitemradio", { name: "Dark" }).click();
    await page.keyboard.press("Escape");
    await page.getByRole("menu").waitFor({ state: "detached" });
    await expectStill();

    await page.getByRole("link", { name: "Jobs", exact: true }).click();
    await dashboard.open("orders.parquet");
    await page.getByRole("grid").waitFor();
    await page.getByRole("button", { name: "Copy link" }).click();
    await page.getByRole("alert").getByText(/link/i).first().waitFor();
    await page.getByRole("alert").getByRole("button").click();
    await page.getByRole("alert").waitFor({ state: "detached" });
    await expectStill();
  });

  test("on the overview, and while a selection is made", async () => {
    await page.getByRole("link", { name: "Overview" }).click();
    await page
      .getByRole("region", { name: "Jobs by outcome" })
      .locator("svg.recharts-surface")
      .first()
      .waitFor();
    await page.getByRole("region", { name: "Jobs by outcome" }).getByText("Show as table").click();
    await expectStill();
    await page.goBack();
    await page.getByRole("link", { name: "Jobs", exact: true }).click();
    await dashboard.row("orders.parquet").getByRole("checkbox").click();
    await page.getByRole("region", { name: "Selected jobs" }).waitFor();
    await page.getByRole("button", { name: "Columns" }).click();
    await page.getByRole("menu").waitFor();
    await expectStill();
  });

  test("the browser had nothing to complain about", () => {
    expect(complaints).toEqual([]);
  });
});
