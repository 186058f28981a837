import { type LineStyle, line } from "./line.ts";
import { type Point, text } from "./svg.ts";
import { fonts, lineHeight } from "./theme.ts";

/** A line as it is drawn, and what it means, in lines of text. */
export type LegendEntry = LineStyle & { text: string[] };

/** What the lines of a picture mean, below each other. */
export function legend(entries: LegendEntry[], at: Point): string {
  let y = at.y;
  return entries
    .map(({ text: [first = "", ...more], ...style }) => {
      const drawn = [
        line(
          [
            { x: at.x, y },
            { x: at.x + 34, y },
          ],
          style,
        ),
        ...[first, ...more].map((said, index) =>
          text({ x: at.x + 42, y: y + index * lineHeight }, said, fonts.body, { color: "muted" }),
        ),
      ].join("");
      y += 22 + more.length * lineHeight;
      return drawn;
    })
    .join("");
}
