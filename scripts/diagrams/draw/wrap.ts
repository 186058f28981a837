import type { Measure } from "./page.ts";
import type { Font } from "./theme.ts";

/** The words in as few lines as fit the width. `separator` stands between two of a line, and is left out between lines. */
export function wrap(
  words: string[],
  width: number,
  font: Font,
  measure: Measure,
  separator = " ",
): string[] {
  const lines: string[] = [];
  for (const word of words) {
    const line = lines.at(-1);
    const longer = `${line}${separator}${word}`;
    if (line !== undefined && measure(longer, font) <= width) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}
