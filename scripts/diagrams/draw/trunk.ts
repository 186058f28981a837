import { type LineStyle, line, underlay } from "./line.ts";
import { circle, type Point } from "./svg.ts";
import { colors } from "./theme.ts";

/** Lines that join in one vertical stroke and go on as one, to one arrow. */
export function joining(x: number, starts: Point[], end: Point, style: LineStyle): string {
  const above = starts.filter(({ y }) => y < end.y).toSorted((a, b) => a.y - b.y);
  const below = starts.filter(({ y }) => y >= end.y).toSorted((a, b) => b.y - a.y);
  const outermost = [above[0], below[0]].filter((start) => start !== undefined);
  const others = [...above.slice(1), ...below.slice(1)];
  const whole = outermost.map((start) => [start, { x, y: start.y }, { x, y: end.y }, end]);
  const stubs = others.map((start) => [start, { x, y: start.y }]);
  return [
    ...[...whole, ...stubs].map(underlay),
    ...whole.map((points) => line(points, { ...style, over: false })),
    ...stubs.map((points) => line(points, { ...style, over: false, arrow: false })),
    ...others.map(({ y }) => circle({ x, y }, 2.8, colors[style.color])),
  ].join("");
}

/** One line that parts in a vertical stroke, to an arrow each. */
export function parting(x: number, start: Point, ends: Point[], style: LineStyle): string {
  const lines = ends.map((end) => [start, { x, y: start.y }, { x, y: end.y }, end]);
  return [...lines.map(underlay), ...lines.map((points) => line(points, { ...style, over: false }))].join("");
}
