import { setTimeout as sleep } from "node:timers/promises";
import type { Browser, Page } from "playwright-core";
import { layoutShifts, observeLayoutShifts } from "../../packages/web/test/layout-shifts.ts";
import { medians } from "../functions/measure.ts";

/** Lighthouse's metrics, in milliseconds; layout shifts are a share of the window. */
export interface Load {
  /** First contentful paint. */
  fcp: number;
  /** Largest contentful paint. */
  lcp: number;
  /** Cumulative layout shift. */
  cls: number;
  /** Total blocking time: the part beyond 50 ms of each task after the first paint. */
  tbt: number;
}

export interface Profile {
  viewport: { width: number; height: number };
  /** CPU slowdown factor. */
  slowdown: number;
  /** Latency in milliseconds, and bits per second. */
  network?: { latency: number; down: number; up: number };
}

/** Unthrottled, and Lighthouse's phone. */
export const profiles = {
  desktop: { viewport: { width: 1440, height: 900 }, slowdown: 1 },
  mobile: {
    viewport: { width: 360, height: 640 },
    slowdown: 4,
    network: { latency: 150, down: 1.6e6, up: 0.75e6 },
  },
} satisfies Record<string, Profile>;

interface Noted {
  fcp: number;
  lcp: number;
  tasks: { start: number; end: number }[];
}

const observe = (page: Page) =>
  page.addInitScript(() => {
    const noted: Noted = { fcp: 0, lcp: 0, tasks: [] };
    Object.assign(window, { noted });
    const on = (type: string, note: (entry: PerformanceEntry) => void) =>
      new PerformanceObserver((list) => list.getEntries().forEach(note)).observe({ type, buffered: true });
    on("paint", ({ name, startTime }) => {
      if (name === "first-contentful-paint") noted.fcp = startTime;
    });
    on("largest-contentful-paint", ({ startTime }) => {
      noted.lcp = startTime;
    });
    on("longtask", ({ startTime, duration }) =>
      noted.tasks.push({ start: startTime, end: startTime + duration }),
    );
  });

const notedBy = (page: Page): Promise<Noted & { now: number }> =>
  page.evaluate(() => ({
    ...(window as unknown as { noted: Noted }).noted,
    now: performance.now(),
  }));

/** A page has settled after this many milliseconds without a long task. */
const quiet = 1500;
/** Minimum duration of a long task in milliseconds. */
const long = 50;

/** Loads a page with an empty cache; `settled` resolves when the page shows its content. */
async function load(
  browser: Browser,
  url: string,
  { viewport, slowdown, network }: Profile,
  settled: (page: Page) => Promise<unknown>,
): Promise<Load> {
  const context = await browser.newContext({ viewport });
  try {
    const page = await context.newPage();
    page.setDefaultTimeout(180_000);
    await observe(page);
    await observeLayoutShifts(page);
    const devtools = await context.newCDPSession(page);
    await devtools.send("Emulation.setCPUThrottlingRate", { rate: slowdown });
    if (network) {
      await devtools.send("Network.enable");
      await devtools.send("Network.emulateNetworkConditions", {
        offline: false,
        latency: network.latency,
        downloadThroughput: network.down / 8,
        uploadThroughput: network.up / 8,
      });
    }
    await page.goto(url);
    await settled(page);
    const seen = performance.now();
    let noted = await notedBy(page);
    while (
      performance.now() - seen < quiet ||
      noted.now - Math.max(0, ...noted.tasks.map(({ end }) => end)) < quiet
    ) {
      await sleep(200);
      noted = await notedBy(page);
    }
    const { fcp, lcp, tasks } = noted;
    const tbt = tasks.reduce(
      (sum, { start, end }) => sum + Math.max(0, end - Math.max(start, fcp) - long),
      0,
    );
    const cls = (await layoutShifts(page)).reduce((sum, { value }) => sum + value, 0);
    return { fcp, lcp, cls, tbt };
  } finally {
    await context.close();
  }
}

/** Medians over several loads. */
export async function medianLoad(rounds: number, ...loadOf: Parameters<typeof load>): Promise<Load> {
  const loads: Load[] = [];
  for (let round = 0; round < rounds; round += 1) loads.push(await load(...loadOf));
  return medians(loads);
}
