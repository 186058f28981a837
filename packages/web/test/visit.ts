import fs from "node:fs/promises";
import path from "node:path";
import type { Server } from "@unparquet/local/lib/serve";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, describe, inject } from "vitest";
import { findChromium, launch } from "./browser.ts";
import { serveBuilt } from "./built.ts";
import { Dashboard } from "./dashboard.ts";
import { type Product, startProduct } from "./product.ts";

const chromium = await findChromium(process.env);
if (!chromium) {
  console.warn("A browser test is skipped: there is no Chromium on the PATH, and CHROMIUM names none.");
}

/** Path of a file in `fixtures`. */
export const fixture = (name: string) => path.join(import.meta.dirname, "fixtures", name);

/** A fixture under another name, as `setInputFiles` takes it. */
export const named = async (name: string, source: string) => ({
  name,
  mimeType: "",
  buffer: await fs.readFile(fixture(source)),
});

/** One person's tab. */
export interface Visit {
  page: Page;
  dashboard: Dashboard;
  /** What nobody caught on the page, and errors on its console. */
  complaints: string[];
}

/** The product as it runs, and a browser. Both are there from the first hook of the tests on. */
export class Session {
  product!: Product;
  /** The dashboard, built and served as a deployment does it. */
  url!: string;
  browser!: Browser;

  /** A tab that shows nothing yet, in a context of its own. It waits a minute for what it is asked for. */
  async visit(options: BrowserContextOptions = {}): Promise<Visit> {
    const page = await this.browser.newPage(options);
    page.setDefaultTimeout(60_000);
    const complaints: string[] = [];
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("console", (message) => {
      if (message.type() === "error") complaints.push(message.text());
    });
    return { page, dashboard: new Dashboard(page), complaints };
  }
}

/** Tests of the product in a browser; skipped where there is none. */
export function describeInBrowser(name: string, tests: (session: Session) => void): void {
  describe.runIf(chromium)(name, () => {
    const session = new Session();
    let built: Server;
    beforeAll(async () => {
      session.product = await startProduct();
      built = await serveBuilt(inject("built"), session.product);
      session.url = built.url;
      session.browser = await launch(chromium ?? "");
    });
    afterAll(async () => {
      await session.browser?.close();
      await built?.stop();
      await session.product?.stop();
    });
    tests(session);
  });
}
