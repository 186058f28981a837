import { readFile, writeFile } from "node:fs/promises";

/** Puts each section between its marks in a document, `<!-- bench:NAME:begin -->` and `:end -->`. Throws where there are none. */
export async function writeSections(docs: string, sections: Record<string, string>): Promise<void> {
  let text = await readFile(docs, "utf8");
  for (const [name, section] of Object.entries(sections)) {
    const [begin, end] = ["begin", "end"].map((side) => `<!-- bench:${name}:${side} -->`);
    const [before, rest] = text.split(`${begin}\n`);
    const after = rest?.split(end ?? "")[1];
    if (after === undefined) throw new Error(`${docs} has no ${begin} or no ${end}`);
    text = `${before}${begin}\n${section}\n${end}${after}`;
  }
  await writeFile(docs, text);
}
