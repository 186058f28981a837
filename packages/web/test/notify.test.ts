import { setTimeout as sleep } from "node:timers/promises";
import type { Page } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import type { Dashboard } from "./dashboard.ts";
import { describeInBrowser, fixture } from "./visit.ts";

interface Shown {
  title: string;
  onclick?: () => void;
  close: () => void;
}
declare global {
  interface Window {
    shown: Shown[];
    asked: number;
    away: boolean;
  }
}

// One visit: each test goes on where the one before it ended.
describeInBrowser("who wants to is told when a long job ends", (session) => {
  let page: Page;
  let dashboard: Dashboard;
  let complaints: string[];
  const bell = () => page.getByRole("button", { name: "Notify me when long jobs finish" });
  const titles = () => page.evaluate(() => window.shown.map(({ title }) => title));
  const leave = (away: boolean) =>
    page.evaluate((gone) => {
      window.away = gone;
      document.dispatchEvent(new Event("visibilitychange"));
    }, away);

  beforeAll(async () => {
    ({ page, dashboard, complaints } = await session.visit());
    // What the system shows cannot be asked for, and the page of a browser without a window is never out of sight.
    await page.addInitScript(() => {
      Object.assign(window, { shown: [], asked: 0, away: false });
      let permission: NotificationPermission = "default";
      class StandIn {
        static get permission() {
          return permission;
        }
        static async requestPermission() {
          window.asked += 1;
          permission = "granted";
          return permission;
        }
        close() {}
        readonly title: string;
        constructor(title: string) {
          this.title = title;
          window.shown.push(this);
        }
      }
      Object.assign(window, { Notification: StandIn });
      Object.defineProperty(document, "visibilityState", { get: () => (window.away ? "hidden" : "visible") });
      document.hasFocus = () => !window.away;
      // Jobs that take seconds here take minutes elsewhere: every attempt is said to have begun half a minute earlier.
      const { fetch } = window;
      window.fetch = async (...request) => {
        const response = await fetch(...request);
        if (!/^\/(jobs|job-status)\b/.test(new URL(response.url).pathname)) return response;
        const earlier = (_: string, time: string) =>
          `"startedAt":"${new Date(Date.parse(time) - 30_000).toISOString()}"`;
        return new Response((await response.text()).replace(/"startedAt":"([^"]+)"/g, earlier), response);
      };
    });
    await page.goto(session.url);
    await dashboard.jobs.getByText("No jobs yet").waitFor();
  });

  const convert = async (name: string) => {
    await dashboard.convert(fixture(name));
  };

  test("nobody is asked, and nothing told, before they want it", async () => {
    expect(await bell().getAttribute("aria-pressed")).toBe("false");
    await convert("values.parquet");
    await dashboard.row("values.parquet").waitFor();
    await leave(true);
    await sleep(2000);
    await leave(false);
    await dashboard.row("values.parquet").getByText("Succeeded").waitFor();
    expect(await page.evaluate(() => [window.asked, window.shown.length])).toEqual([0, 0]);
  });

  test("a click asks, and shows one", async () => {
    await bell().click();
    await expect.poll(titles).toEqual(["unparquet"]);
    expect(await bell().getAttribute("aria-pressed")).toBe("true");
  });

  test("a job that ends while one looks elsewhere is told of, and opened by a click", async () => {
    await convert("long.parquet");
    await dashboard.row("long.parquet").getByText("Running").waitFor();
    await page.getByRole("link", { name: "Overview" }).click();
    await page.getByRole("heading", { name: "Overview" }).waitFor();
    await leave(true);
    await expect
      .poll(titles, { timeout: 100_000 })
      .toEqual(["unparquet", "\u2068long.parquet\u2069 is done"]);
    await page.evaluate(() => window.shown.at(-1)?.onclick?.());
    await page.getByRole("heading", { name: "long.parquet" }).waitFor();
    await leave(false);
  });

  test("a second click ends it", async () => {
    await bell().click();
    await expect.poll(() => bell().getAttribute("aria-pressed")).toBe("false");
  });

  test("the browser had nothing to complain about", () => {
    expect(complaints).toEqual([]);
  });
});
