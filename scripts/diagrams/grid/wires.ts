import { type Bus, tracks } from "../draw/channel.ts";
import { line } from "../draw/line.ts";
import type { Measure } from "../draw/page.ts";
import { type Box, bottom, centerX, centerY, type Point, right, text } from "../draw/svg.ts";
import { fonts } from "../draw/theme.ts";
import type { Grid, GridEdge } from "./model.ts";

const portGap = 22;
const trackGap = 14;
const toRoom = 20;

interface Run {
  edge: GridEdge;
  start: Point;
  end: Point;
  /** The column that it comes to, from the left or from the right. */
  room: number;
}

/** Lines from the side of one card to the side of another, those beside each other in an order that crosses least. */
export function wires(model: Grid, boxes: Map<string, Box>, columnX: number[], measure: Measure): string {
  const box = (id: string) => boxes.get(id) as Box;
  const column = (id: string) => model.cards[id]?.column ?? 0;
  const beside = model.edges.filter(({ from, to }) => column(from) !== column(to));
  const below = model.edges.filter(({ from, to }) => column(from) === column(to));

  /** Lines at one side of a card are spread over it, in the order of their other ends. */
  const port = (id: string, edge: GridEdge) => {
    const other = ({ from, to }: GridEdge) => (from === id ? to : from);
    const isRight = (one: GridEdge) => column(other(one)) > column(id);
    const same = beside
      .filter((one) => (one.from === id || one.to === id) && isRight(one) === isRight(edge))
      .toSorted((a, b) => centerY(box(other(a))) - centerY(box(other(b))));
    const y = centerY(box(id)) + (same.indexOf(edge) - (same.length - 1) / 2) * portGap;
    return { y, alone: same.length === 1 };
  };
  /** Heights of both ends; one that is alone at its side moves a little when that makes the line straight. */
  const heights = (edge: GridEdge): [number, number] => {
    const [from, to] = [port(edge.from, edge), port(edge.to, edge)];
    if (Math.abs(from.y - to.y) >= portGap) return [from.y, to.y];
    if (to.alone) return [from.y, from.y];
    return from.alone ? [to.y, to.y] : [from.y, to.y];
  };
  const runs = beside.map((edge): Run => {
    const forward = column(edge.from) < column(edge.to);
    const from = box(edge.from);
    const to = box(edge.to);
    const [startY, endY] = heights(edge);
    return {
      edge,
      start: { x: forward ? right(from) : from.x, y: startY },
      end: { x: forward ? to.x : right(to), y: endY },
      room: Math.max(column(edge.from), column(edge.to)),
    };
  });

  const bent = runs.filter(({ start, end }) => start.y !== end.y);
  const straight = runs.filter((run) => !bent.includes(run));
  const byRoom = Map.groupBy(bent, ({ room }) => room);
  return [
    ...below.map(({ from, to, label, ...style }) => {
      const x = centerX(box(from));
      const ends = [
        { x, y: bottom(box(from)) },
        { x, y: box(to).y },
      ];
      const middle = (bottom(box(from)) + box(to).y) / 2;
      return (
        line(ends, style) +
        text({ x: x + 10, y: middle - 1 }, label ?? "", fonts.body, { color: style.color })
      );
    }),
    ...straight.map(({ edge, start, end }) => drawn([start, end], edge, measure)),
    ...[...byRoom].flatMap(([room, inRoom]) => {
      const buses = inRoom.map(
        ({ start, end }): Bus =>
          start.x < end.x ? { left: [start.y], right: [end.y] } : { left: [end.y], right: [start.y] },
      );
      const track = tracks(buses);
      const width = (inRoom.length - 1) * trackGap;
      return inRoom.map(({ edge, start, end }, index) => {
        const x = (columnX[room] ?? 0) - toRoom - width + (track[index] ?? 0) * trackGap;
        return drawn([start, { x, y: start.y }, { x, y: end.y }, end], edge, measure);
      });
    }),
  ].join("\n");
}

/** The label is above the middle of the first stroke. */
function drawn(points: Point[], { label = "", color, dashed = false }: GridEdge, measure: Measure): string {
  const [start, next] = points as [Point, Point];
  const x = (start.x + next.x) / 2 - measure(label, fonts.body) / 2;
  return line(points, { color, dashed }) + text({ x, y: start.y - 9 }, label, fonts.body, { color });
}
