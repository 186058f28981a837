import type { Measure } from "./page.ts";
import { type Point, rect, text } from "./svg.ts";
import { type Color, colors, fonts } from "./theme.ts";

/** A text on a line, which it interrupts. `at` is where the text begins, at the height of the line. */
export function label(
  at: Point,
  content: string,
  color: Color,
  measure: Measure,
  paper: Color = "paper",
): string {
  const behind = { x: at.x - 5, y: at.y - 8, width: measure(content, fonts.body) + 10, height: 16 };
  return [
    rect(behind, { fill: colors[paper], stroke: "none", radius: 0 }),
    text(at, content, fonts.body, { color }),
  ].join("");
}
