import type { Measure } from "./page.ts";
import { type Point, rect, text } from "./svg.ts";
import { type Color, colors, type Font, fonts } from "./theme.ts";

/** A text on a line, which it interrupts. `at` is where the text begins, at the height of the line. */
export function label(
  at: Point,
  content: string,
  color: Color,
  measure: Measure,
  { font = fonts.body as Font, paper = colors.paper as string, centered = false } = {},
): string {
  const width = measure(content, font);
  const x = centered ? at.x - width / 2 : at.x;
  return [
    rect(
      { x: x - 5, y: at.y - 8, width: width + 10, height: 16 },
      { fill: paper, stroke: "none", radius: 0 },
    ),
    text({ x, y: at.y }, content, font, { color }),
  ].join("");
}
