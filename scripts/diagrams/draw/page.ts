import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Browser, Page } from "playwright-core";
import { findChromium, launch } from "../../../packages/web/test/browser.ts";
import type { Font } from "./theme.ts";

/** Width of a text in CSS pixels. */
export type Measure = (text: string, font: Font) => number;

export interface Picture {
  width: number;
  height: number;
  body: string;
}

const web = createRequire(new URL("../../../packages/web/package.json", import.meta.url));
const here = createRequire(import.meta.url);

const faces = [
  {
    family: "Figtree Variable",
    file: web.resolve("@fontsource-variable/figtree/files/figtree-latin-wght-normal.woff2"),
  },
  {
    family: "JetBrains Mono Variable",
    file: here.resolve("@fontsource-variable/jetbrains-mono/files/jetbrains-mono-latin-wght-normal.woff2"),
  },
];

/** The fonts are part of the page, so that a picture is the same on every machine. */
const style = () =>
  [
    ...faces.map(
      ({ family, file }) =>
        `@font-face { font-family: "${family}"; font-weight: 100 900; src: url(data:font/woff2;base64,${readFileSync(file).toString("base64")}) format("woff2"); }`,
    ),
    "body { margin: 0; background: #fff; }",
    "svg { display: block; }",
  ].join("\n");

const printable = `${Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index)).join("")}·…–—→←×≤’✓`;

/** A page of Debian's or any other Chromium that measures texts and takes the pictures. */
export class Canvas {
  readonly #browser: Browser;
  readonly #page: Page;
  readonly measure: Measure;

  private constructor(browser: Browser, page: Page, measure: Measure) {
    this.#browser = browser;
    this.#page = page;
    this.measure = measure;
  }

  static async open(): Promise<Canvas> {
    const chromium = await findChromium(process.env);
    if (!chromium) throw new Error("There is no Chromium on the PATH, and CHROMIUM names none");
    const browser = await launch(chromium);
    const page = await browser.newPage({ deviceScaleFactor: 2 });
    await page.setContent(`<style>${style()}</style>`);
    const widths = await page.evaluate(
      async ({ families, characters }) => {
        const context = document.createElement("canvas").getContext("2d");
        if (!context) throw new Error("No canvas to measure texts with");
        const measured: Record<string, Record<string, number>> = {};
        for (const family of families) {
          for (const weight of [400, 500, 600, 700]) {
            const font = `${weight} 100px "${family}"`;
            await document.fonts.load(font);
            context.font = font;
            measured[`${family} ${weight}`] = Object.fromEntries(
              [...characters].map((character) => [character, context.measureText(character).width / 100]),
            );
          }
        }
        return measured;
      },
      { families: faces.map(({ family }) => family), characters: printable },
    );
    return new Canvas(browser, page, (text, { size, weight, mono }) => {
      const table = widths[`${mono ? "JetBrains Mono" : "Figtree"} Variable ${weight}`] ?? {};
      return [...text].reduce((sum, character) => sum + (table[character] ?? 1) * size, 0);
    });
  }

  /** @returns a PNG with two device pixels a CSS pixel */
  async take({ width, height, body }: Picture): Promise<Buffer> {
    await this.#page.setViewportSize({ width, height });
    await this.#page.setContent(
      `<style>${style()}</style><svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">${body}</svg>`,
    );
    await this.#page.evaluate(() => document.fonts.ready);
    return this.#page.screenshot({ clip: { x: 0, y: 0, width, height } });
  }

  async close(): Promise<void> {
    await this.#browser.close();
  }
}
