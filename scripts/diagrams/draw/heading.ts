import { text } from "./svg.ts";
import { fonts } from "./theme.ts";

/** A picture's title and, below it, what it shows. */
export const heading = (x: number, { title, subtitle }: { title: string; subtitle: string }): string =>
  [
    text({ x, y: 32 }, title, fonts.heading),
    text({ x, y: 60 }, subtitle, fonts.subheading, { color: "muted" }),
  ].join("\n");
