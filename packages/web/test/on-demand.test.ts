import type { Server } from "@unparquet/local/serve";
import { afterAll, beforeAll, expect, test } from "vitest";
import { serveBuilt } from "./built.ts";
import { describeInBrowser } from "./visit.ts";

// Only what is built comes in parts.
describeInBrowser("what is fetched on demand", (session) => {
  let built: Server;
  beforeAll(async () => {
    built = await serveBuilt(session.product);
  });
  afterAll(() => built?.stop());

  test("is told of when it does not come, and is there once the page is loaded anew", async () => {
    const { page, dashboard } = await session.visit();
    await page.goto(built.url);
    await dashboard.jobs.getByText("No jobs yet").waitFor();
    await page.route("**/assets/*.js", (route) => route.fulfill({ status: 404 }));
    const columns = page.getByRole("button", { name: "Columns" });
    await columns.click();
    await page.getByText("A part of this page could not be fetched.").waitFor();
    await page.unroute("**/assets/*.js");
    await page.getByRole("button", { name: "Load it anew" }).click();
    await columns.click();
    await page.getByRole("menuitemcheckbox", { name: "Took" }).waitFor();
    expect(await page.getByText("A part of this page").count()).toBe(0);
  });
});
