import type { Point } from "./svg.ts";
import { type Color, colors } from "./theme.ts";

export interface LineStyle {
  color: Color;
  dashed?: boolean;
  /** For what carries a file's bytes. */
  thick?: boolean;
  arrow?: boolean;
  /** Whether it passes over the lines drawn before, or joins them. */
  over?: boolean;
}

const radius = 7;
const arrowLength = 9;

/** A path along the corners, which are rounded. */
function along(points: Point[]): string {
  const toward = (from: Point, to: Point, distance: number): Point => {
    const length = Math.hypot(to.x - from.x, to.y - from.y);
    const part = length ? distance / length : 0;
    return { x: from.x + (to.x - from.x) * part, y: from.y + (to.y - from.y) * part };
  };
  const between = (a: Point, b: Point) => Math.hypot(b.x - a.x, b.y - a.y);
  return points
    .map((point, index) => {
      const before = points[index - 1];
      const after = points[index + 1];
      if (!before) return `M${point.x} ${point.y}`;
      if (!after) return `L${point.x} ${point.y}`;
      const bend = Math.min(radius, between(before, point) / 2, between(point, after) / 2);
      const enter = toward(point, before, bend);
      const leave = toward(point, after, bend);
      return `L${enter.x} ${enter.y}Q${point.x} ${point.y} ${leave.x} ${leave.y}`;
    })
    .join("");
}

function arrowhead(from: Point, to: Point, color: Color, thick: boolean): string {
  const angle = (Math.atan2(to.y - from.y, to.x - from.x) * 180) / Math.PI;
  const half = thick ? 6 : 4.5;
  const length = thick ? arrowLength + 2 : arrowLength;
  return `<path d="M0 0L${-length} ${-half}L${-length} ${half}Z" transform="translate(${to.x} ${to.y}) rotate(${angle})" fill="${colors[color]}"/>`;
}

/** Below a line, so that one that crosses another is seen to pass over it. */
export const underlay = (points: Point[]) => halo(along(points));

const halo = (d: string) => `<path d="${d}" fill="none" stroke="${colors.paper}" stroke-width="5"/>`;

/** Horizontal and vertical strokes through the points, with an arrowhead at the last. */
export function line(points: Point[], style: LineStyle): string {
  const { color, dashed = false, thick = false, arrow = true, over = true } = style;
  const end = points.at(-1);
  const before = points.at(-2);
  if (!end || !before) throw new Error("A line has two ends");
  const length = Math.hypot(end.x - before.x, end.y - before.y);
  // The stroke ends below the arrowhead, not in its tip.
  const cut = arrow ? Math.min(arrowLength - 2, length) / (length || 1) : 0;
  const last = { x: end.x - (end.x - before.x) * cut, y: end.y - (end.y - before.y) * cut };
  const d = along([...points.slice(0, -1), last]);
  return [
    over ? halo(d) : "",
    `<path d="${d}" fill="none" stroke="${colors[color]}" stroke-width="${thick ? 4 : 1.75}"${dashed ? ' stroke-dasharray="6 4"' : ""}/>`,
    arrow ? arrowhead(before, end, color, thick) : "",
  ].join("");
}
