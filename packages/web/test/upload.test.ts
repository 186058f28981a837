import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import fs from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { stage } from "@unparquet/local/platform";
import { fetchSigned } from "@unparquet/testing/aws/signed";
import type { BrowserContext, CDPSession, Page, Request } from "playwright-core";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Dashboard } from "./dashboard.ts";
import { padded } from "./padded.ts";
import { describeInBrowser, fixture, named } from "./visit.ts";

const MB = 1024 ** 2;

function partOf(request: Request): number | undefined {
  const part = new URL(request.url()).searchParams.get("partNumber");
  return request.method() === "PUT" && part !== null ? Number(part) : undefined;
}

async function hashOf(file: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file), hash);
  return hash.digest("hex");
}

describeInBrowser("uploads", (session) => {
  let context: BrowserContext;
  let page: Page;
  let dashboard: Dashboard;
  let network: CDPSession;
  /** Numbers of the parts that were sent, and of those the storage took. */
  let sent: number[];
  let taken: number[];
  /** The job whose parts were asked for last. */
  let jobId: string;

  beforeEach(async () => {
    // High enough for every row of a test: those out of the window are not in the document.
    context = await session.browser.newContext({ viewport: { width: 1280, height: 3000 } });
    sent = [];
    taken = [];
    jobId = "";
    context.on("request", (request) => {
      const part = partOf(request);
      if (part !== undefined) sent.push(part);
      jobId = /\/upload\/([^/]+)\/parts/.exec(request.url())?.[1] ?? jobId;
    });
    context.on("requestfinished", async (request) => {
      const part = partOf(request);
      // At a closed tab there is no response to ask for any more.
      const response = await request.response().catch(() => null);
      if (part !== undefined && response?.ok()) taken.push(part);
    });
    await visit();
  });
  afterEach(async () => {
    await context?.close();
  });

  /** A new tab of the same browser. */
  async function visit(): Promise<void> {
    page = await context.newPage();
    page.setDefaultTimeout(120_000);
    network = await context.newCDPSession(page);
    await network.send("Network.enable");
    dashboard = new Dashboard(page);
    await page.goto(session.url);
    await dashboard.jobs.waitFor();
  }

  const limit = (megabytes: number, offline = false) =>
    network.send("Network.emulateNetworkConditions", {
      offline,
      latency: 0,
      downloadThroughput: -1,
      uploadThroughput: megabytes * MB,
    });
  const uploads = () => page.getByRole("region", { name: "Uploads", exact: true });
  const unfinished = () => page.getByRole("region", { name: "Unfinished uploads" });
  const cut = () => uploads().getByRole("button", { name: "Cancel the upload of large.parquet" });
  const untilTaken = (count: number) =>
    expect.poll(() => taken.length, { timeout: 120_000 }).toBeGreaterThanOrEqual(count);
  /** Uploads a file, slowly, until some of its parts are in the storage. Answers its job. */
  async function begin(file: string, parts = 1, setOptions?: () => Promise<void>): Promise<string> {
    await limit(20);
    await dashboard.choose(file);
    await setOptions?.();
    await dashboard.convert();
    await untilTaken(parts);
    return jobId;
  }
  /** Neither a job nor parts are left of an upload. */
  async function expectGone(job: string): Promise<void> {
    await expect
      .poll(async () => (await fetch(`${session.product.api}/job-status/${job}`)).status, { timeout: 30_000 })
      .toBe(404);
    await expect.poll(partsInStorage, { timeout: 30_000 }).not.toContain(job);
  }
  async function storedHash(filename: string): Promise<string> {
    const url = `${session.product.aws}/${stage.inputBucket}/uploads/${jobId}/${filename}`;
    const object = await fetchSigned(url);
    expect(object.status).toBe(200);
    const hash = createHash("sha256");
    for await (const chunk of object.body ?? []) hash.update(chunk);
    return hash.digest("hex");
  }

  const partsInStorage = async () =>
    (await fetchSigned(`${session.product.aws}/${stage.inputBucket}?uploads`)).text();

  test("many files at once, of which the bad ones say why and the others are converted", async () => {
    const names = Array.from({ length: 12 }, (_, index) => `day-${index + 1}.parquet`);
    const files = await Promise.all(names.map((name) => named(name, "orders.parquet")));
    files.splice(5, 0, { name: "notes.csv", mimeType: "text/csv", buffer: Buffer.from("a,b\n1,2\n3,4\n") });
    files.splice(9, 0, await named("damaged.parquet", "damaged.parquet"));
    await dashboard.convert(files);

    for (const name of names) await dashboard.row(name).getByText("Succeeded").waitFor();
    await dashboard.row("damaged.parquet").getByText("corrupt_file").waitFor();
    await dashboard.chosen
      .getByText("Not a Parquet file: the file does not begin and end with PAR1.")
      .waitFor();
    expect(await dashboard.row("notes.csv").count()).toBe(0);
  });

  test("a large file goes on after a closed tab and a lost network, with the parts that are missing", async () => {
    await using large = await padded(fixture("orders.parquet"), 300 * MB);
    const job = await begin(large.file, 3, async () => {
      await page.getByText("gzip").click();
      await page.getByLabel("Row limit").fill("2");
    });
    await uploads()
      .getByText(/MB\/s · .+ left/)
      .waitFor();
    await page.close();
    const first = taken.splice(0);
    expect(first.length).toBeLessThan(19);
    sent = [];

    await visit();
    await unfinished().getByText("Choose large.parquet again to resume at").waitFor();
    await limit(20);
    await dashboard.choose(large.file);
    await dashboard.chosen.getByText(/Resumes at \d+%/).waitFor();
    await dashboard.chosen.getByText("To NDJSON, gzip, 2 rows at most").waitFor();
    await page.getByRole("button", { name: "Resume upload" }).click();
    await unfinished().waitFor({ state: "detached" });
    await untilTaken(1);
    await limit(20, true);
    await uploads().getByText("Offline — resumes automatically").waitFor();
    await limit(-1);
    await dashboard.rowWith("large.parquet", "2").waitFor();

    expect(sent.filter((part) => first.includes(part))).toEqual([]);
    expect(new Set(taken).size).toBe(taken.length);
    expect(jobId).toBe(job);
    expect(await storedHash("large.parquet")).toBe(await hashOf(large.file));
    await page.reload();
    await dashboard.row("large.parquet").waitFor();
    expect(await unfinished().count()).toBe(0);
  });

  test("an offline spell during an upload empties no page, and the upload goes on", async () => {
    await using large = await padded(fixture("orders.parquet"), 150 * MB);
    await begin(large.file);
    await dashboard.jobs
      .getByText(/^Uploading \d+%$/)
      .first()
      .waitFor();
    await expect.poll(() => page.title()).toMatch(/^Uploading \d+% · unparquet$/);
    const visits = [
      ["unparquet, all jobs", () => dashboard.jobs],
      ["large.parquet", () => page.getByRole("heading", { name: "large.parquet" })],
      ["Overview", () => page.getByRole("heading", { name: "Overview", exact: true })],
    ] as const;
    for (const [link, content] of visits) {
      await page.getByRole("link", { name: "unparquet, all jobs" }).click();
      await page.getByRole("link", { name: link, exact: true }).first().click();
      await content().waitFor();
      await limit(20, true);
      await new Promise((resolve) => setTimeout(resolve, 3000));
      expect(await content().isVisible()).toBe(true);
      expect(await page.getByRole("button", { name: "Start" }).count()).toBe(0);
      await limit(20);
      await page
        .getByText("Can't reach the server. Retrying…", { exact: true })
        .waitFor({ state: "detached" });
      expect(await content().isVisible()).toBe(true);
    }
    await page.getByRole("link", { name: "unparquet, all jobs" }).click();
    await limit(-1);
    await uploads().getByText("1 of 1 uploaded").waitFor();
    await dashboard.rowWith("large.parquet", "3").waitFor();
    expect(await page.title()).toBe("unparquet");
  });

  test("uploads are paused and resumed, one or all", async () => {
    await using large = await padded(fixture("orders.parquet"), 150 * MB);
    await using other = await padded(fixture("orders.parquet"), 20 * MB);
    await begin(large.file);
    await page.getByRole("button", { name: "Pause the upload of large.parquet" }).click();
    await uploads()
      .getByText(/^Paused · .+ uploaded$/)
      .waitFor();

    await dashboard.convert({ name: "other.parquet", mimeType: "", buffer: await fs.readFile(other.file) });
    await page.getByRole("button", { name: "Resume the upload of large.parquet" }).click();
    await page.getByRole("button", { name: "Pause all" }).click();
    await page.getByRole("button", { name: "Resume the upload of other.parquet" }).waitFor();
    await limit(-1);
    await page.getByRole("button", { name: "Resume all" }).click();
    await uploads().getByText("2 of 2 uploaded").waitFor();
    await dashboard.rowWith("other.parquet", "3").waitFor();
    await dashboard.rowWith("large.parquet", "3").waitFor();
    expect(new Set(taken).size).toBe(taken.length);
  });

  test("a cancelled upload leaves neither a job nor parts", async () => {
    await using large = await padded(fixture("orders.parquet"), 150 * MB);
    const job = await begin(large.file);
    expect(await partsInStorage()).toContain(job);
    await cut().click();
    await uploads().waitFor({ state: "detached" });
    await expectGone(job);
    await page.reload();
    await dashboard.jobs.waitFor();
    expect(await unfinished().count()).toBe(0);
  });

  test("an unfinished upload can be forgotten, with its job", async () => {
    await using large = await padded(fixture("orders.parquet"), 150 * MB);
    const job = await begin(large.file);
    await page.close();
    await visit();
    await page.getByRole("button", { name: "Forget the upload of large.parquet" }).click();
    await unfinished().waitFor({ state: "detached" });
    await expectGone(job);
  });

  test("of a file that is changed under way nothing stays behind, and it is said what to do", async () => {
    await using large = await padded(fixture("orders.parquet"), 150 * MB);
    const job = await begin(large.file);
    await fs.appendFile(large.file, "more");
    await uploads().getByText("The file was changed, moved or deleted. Choose it again.").waitFor();
    await expectGone(job);
    await page.reload();
    await dashboard.jobs.waitFor();
    expect(await unfinished().count()).toBe(0);
  });

  test("a storage that does not answer is tried again, and at once when asked to", async () => {
    const isStorage = (url: URL) => url.pathname.startsWith(`/${stage.inputBucket}/`);
    let tries = 0;
    await page.route(isStorage, (route) => {
      tries += 1;
      return route.abort();
    });
    await dashboard.convert(fixture("orders.parquet"));
    await uploads().getByText("The storage does not answer. Retrying…").waitFor();
    // By now it waits for longer than a test.
    await expect.poll(() => tries, { timeout: 60_000 }).toBeGreaterThan(4);
    await page.unroute(isStorage);
    await page.getByRole("button", { name: "Try now" }).click();
    await uploads().getByText("1 of 1 uploaded").waitFor();
    await dashboard.row("orders.parquet").first().getByText("Succeeded").waitFor();
  });

  test("of two tabs one goes on with an upload, and the other begins its own", async () => {
    await using large = await padded(fixture("orders.parquet"), 150 * MB);
    const job = await begin(large.file);
    await page.close();
    await visit();
    const other = await context.newPage();
    const otherDashboard = new Dashboard(other);
    await other.goto(session.url);
    for (const one of [dashboard, otherDashboard]) await one.choose(large.file);
    await otherDashboard.convert();
    await expect.poll(() => jobId).toBe(job);
    await dashboard.convert();
    await expect.poll(() => jobId).not.toBe(job);
    await uploads().getByText("1 of 1 uploaded").waitFor();
    await other.getByText("1 of 1 uploaded").waitFor({ timeout: 120_000 });
    await expect.poll(partsInStorage).not.toContain("<Upload>");
    await page.reload();
    await dashboard.jobs.waitFor();
    expect(await unfinished().count()).toBe(0);
  });

  test("a tab is closed without a question unless an upload is under way", async () => {
    await using large = await padded(fixture("orders.parquet"), 150 * MB);
    let questions = 0;
    page.on("dialog", async (dialog) => {
      questions += 1;
      await dialog.dismiss();
    });
    await begin(large.file);
    await page.close({ runBeforeUnload: true });
    await expect.poll(() => questions).toBe(1);
    await limit(-1);
    await uploads().getByText("1 of 1 uploaded").waitFor();
    const closed = page.waitForEvent("close");
    await page.close({ runBeforeUnload: true });
    await closed;
    expect(questions).toBe(1);
  });
});
