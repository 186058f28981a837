import http from "node:http";
import { buffer } from "node:stream/consumers";
import { routeOf } from "@unparquet/testing/api/routes";
import type { Browser, Page } from "playwright-core";
import { Dashboard } from "../../packages/web/test/dashboard.ts";

/** Bytes of the files that an action downloads. */
export interface Weight {
  step: string;
  files: number;
  plain: number;
  gzip: number;
  brotli: number;
}

/** Bytes of a response body as sent. */
const sent = (url: string, encoding: string) =>
  new Promise<number>((resolve, reject) => {
    const headers = { "accept-encoding": encoding };
    http
      .get(url, { headers }, (answer) => buffer(answer).then(({ length }) => resolve(length), reject))
      .on("error", reject);
  });

async function weigh(step: string, urls: string[]): Promise<Weight> {
  const sum = async (encoding: string) =>
    (await Promise.all(urls.map((url) => sent(url, encoding)))).reduce((all, bytes) => all + bytes, 0);
  return {
    step,
    files: urls.length,
    plain: await sum("identity"),
    gzip: await sum("gzip"),
    brotli: await sum("br"),
  };
}

interface Names {
  /** The file to choose. */
  file: string;
  /** File names of a failed and a succeeded job. */
  failed: string;
  succeeded: string;
}

/** Downloads of the list of jobs with an empty cache, and further downloads of each action after it. */
export async function weights(browser: Browser, url: string, names: Names): Promise<Weight[]> {
  /** URLs of the dashboard's files that are requested. */
  async function fetchedBy(...acts: ((page: Page) => Promise<unknown>)[]): Promise<Set<string>> {
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    // No prefetching of chunks that nothing requested.
    await page.addInitScript(() => Object.assign(window, { requestIdleCallback: () => 0 }));
    const fetched = new Set<string>();
    page.on("requestfinished", (request) => {
      const { origin, pathname } = new URL(request.url());
      if (origin === new URL(url).origin && !routeOf("GET", pathname)) fetched.add(request.url());
    });
    for (const act of acts) await act(page);
    await page.waitForLoadState("networkidle");
    await page.close();
    return fetched;
  }

  const row = (page: Page, name: string) => new Dashboard(page).row(name).first();
  const openList = async (page: Page) => {
    await page.goto(url);
    await row(page, names.failed).waitFor();
  };
  const choose = async (page: Page) => {
    await new Dashboard(page).choose(names.file);
    await page.getByLabel("Row limit").waitFor();
    await page.getByRole("button", { name: "Convert", exact: true }).waitFor();
  };
  // By URL: hovering over the link would prefetch it.
  const openJob = (name: string) => async (page: Page) => {
    const link = row(page, name).getByRole("link", { name, exact: true });
    await page.goto(new URL((await link.getAttribute("href")) ?? "", url).href);
    await page.getByRole("heading", { name: "Attempts" }).waitFor();
  };
  const askToTryAgain = async (page: Page) => {
    await page.getByRole("button", { name: "Try again" }).click();
    await page.getByRole("dialog").getByLabel("Row limit").waitFor();
  };
  const readJson = (page: Page) =>
    page.getByRole("grid", { name: "Rows of the result" }).getByRole("gridcell").first().waitFor();
  const openOverview = async (page: Page) => {
    await page.goto(`${url}/overview`);
    await page.getByRole("heading", { name: "JSON written" }).waitFor();
  };

  const list = await fetchedBy(openList);
  const job = await fetchedBy(openList, openJob(names.failed));
  const others: [string, Set<string>, Set<string>][] = [
    ["a chosen file, with its options", list, await fetchedBy(openList, choose)],
    ["a job's page", list, job],
    ["its dialog to try again", job, await fetchedBy(openList, openJob(names.failed), askToTryAgain)],
    ["its JSON", job, await fetchedBy(openList, openJob(names.succeeded), readJson)],
    ["the overview", list, await fetchedBy(openList, openOverview)],
  ];
  return Promise.all([
    weigh("the list of jobs", [...list]),
    ...others.map(([step, before, after]) =>
      weigh(
        step,
        [...after].filter((file) => !before.has(file)),
      ),
    ),
  ]);
}
