import fs from "node:fs/promises";
import path from "node:path";
import type { Locator, Page } from "playwright-core";
import { expect } from "vitest";

/** The dashboard as a person finds their way on it: by what things are called. */
export class Dashboard {
  readonly #page: Page;
  readonly jobs: Locator;
  /** The files that wait to be converted. */
  readonly chosen: Locator;

  constructor(page: Page) {
    this.#page = page;
    this.jobs = page.getByRole("region", { name: "Jobs", exact: true });
    this.chosen = page.getByRole("form", { name: "Chosen files" });
  }

  row(filename: string): Locator {
    const link = this.#page.getByRole("link", { name: filename, exact: true });
    return this.jobs.getByRole("row").filter({ has: link });
  }

  /** A file's job that converted that many rows. */
  rowWith(filename: string, rows: string): Locator {
    const count = this.#page.locator('[data-column="rows"]', { hasText: new RegExp(`^${rows}$`) });
    return this.row(filename).filter({ has: count }).first();
  }

  async open(filename: string): Promise<void> {
    await this.row(filename).getByRole("link", { name: filename, exact: true }).click();
    await this.#page.getByRole("heading", { name: filename }).waitFor();
  }

  async filter(status: string): Promise<void> {
    await this.jobs.getByText(new RegExp(`^${status} [\\d,]+$`)).click();
  }

  /**
   * Goes to the open menu's first item by key. Mantine's menu takes the focus up to twice after it
   * has opened, even from an item; a key before that is lost.
   */
  async enterMenu(): Promise<void> {
    const item = this.#page.getByRole("menu").locator("[role^=menuitem]:focus");
    const arrowDown = async () => {
      await this.#page.keyboard.press("ArrowDown");
      return item.count();
    };
    await expect.poll(arrowDown, { timeout: 10_000 }).toBe(1);
  }

  /** Converts these files, or what is chosen. */
  async convert(files?: Parameters<Locator["setInputFiles"]>[0]): Promise<void> {
    if (files !== undefined) await this.choose(files);
    await this.#page.getByRole("button", { name: /^(Convert( all \d+ files)?|Resume upload)$/ }).click();
  }

  async choose(files: Parameters<Locator["setInputFiles"]>[0]): Promise<void> {
    await this.#page.getByLabel("Parquet files", { exact: true }).setInputFiles(files);
  }

  /** Drops files on the drop zone, in a data transfer of the browser's own. */
  async drop(...files: string[]): Promise<void> {
    const contents = await Promise.all(
      files.map(async (file) => ({ name: path.basename(file), base64: await fs.readFile(file, "base64") })),
    );
    const dataTransfer = await this.#page.evaluateHandle((dropped) => {
      const data = new DataTransfer();
      for (const { name, base64 } of dropped) {
        const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
        data.items.add(new File([bytes], name));
      }
      return data;
    }, contents);
    await this.#page.getByText("Drop Parquet files here").dispatchEvent("drop", { dataTransfer });
  }
}
