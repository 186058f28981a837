import { type Bus, tracks } from "../draw/channel.ts";
import { label } from "../draw/label.ts";
import { line } from "../draw/line.ts";
import type { Measure } from "../draw/page.ts";
import { type Box, bottom, centerX, centerY, type Point, right, text } from "../draw/svg.ts";
import { type Color, fonts } from "../draw/theme.ts";
import { joining, parting } from "../draw/trunk.ts";
import type { Architecture, ArchitectureEdge, EdgeKind, NodeKind } from "../extract/graph.ts";
import { type Card, failurePort, headPort, rowPorts } from "./cards.ts";
import { type Layout, trackGap } from "./layout.ts";

/** Between the entries of two lines into one card. */
const entryGap = 16;

/** All lines, and above them their labels. */
export function wires(
  graph: Architecture,
  cards: Map<string, Card>,
  { boxes, frame, rooms, eventLane }: Layout,
  measure: Measure,
): string {
  const found = <T>(map: Map<string, T>, id: string): T => {
    const value = map.get(id);
    if (value === undefined) throw new Error(`${id} is the end of an edge and is not placed`);
    return value;
  };
  const box = (id: string): Box => found(boxes, id);
  const colorOf = (id: string): Color => found(cards, id).color;
  const kindOf = (id: string): NodeKind => found(cards, id).node.kind;
  const isStore = (id: string) => ["bucket", "table", "job"].includes(kindOf(id));
  const edges = (kind: EdgeKind, fits: (edge: ArchitectureEdge) => boolean) =>
    graph.edges.filter((edge) => edge.kind === kind && fits(edge));

  const entries = new Map<string, number>();
  const entry = (id: string): Point => {
    const taken = entries.get(id) ?? 0;
    entries.set(id, taken + 1);
    return { x: box(id).x, y: headPort(box(id)) + taken * entryGap };
  };

  /** Between the functions and what they use: all of these share one room, a track each. */
  const uses = (): string[] => {
    const runs: { bus: Bus; draw: (x: number) => string }[] = [];

    const direct = edges("request", ({ from, to }) => kindOf(from) === "internet" && isStore(to));
    direct.forEach((edge, index) => {
      const from = box(edge.from);
      const start = { x: right(from), y: centerY(from) + (index - (direct.length - 1) / 2) * 22 };
      const end = entry(edge.to);
      const color = colorOf(edge.to);
      runs.push({
        bus: { left: [start.y], right: [end.y] },
        draw: (x) =>
          joining(x, [start], end, { color }) +
          label(
            { x: start.x + 62, y: start.y },
            edge.labels.join(", ").replace(" · ", " on "),
            color,
            measure,
          ),
      });
    });

    const starts = new Map<string, Point[]>();
    for (const card of cards.values()) {
      if (card.node.kind !== "function") continue;
      const ports = rowPorts(card, box(card.node.id));
      card.rows.forEach(({ to }, index) => {
        const start = { x: right(box(card.node.id)), y: ports[index] ?? 0 };
        starts.set(to, [...(starts.get(to) ?? []), start]);
      });
    }
    for (const [to, points] of starts) {
      if (!isStore(to)) {
        throw new Error(
          `A function may use ${to}, and no line leads there yet. Place it in scripts/diagrams/architecture/layout.ts`,
        );
      }
      const free = entry(to);
      // A line that comes in at nearly the same height goes straight on.
      const level = points.find(({ y }) => Math.abs(y - free.y) < entryGap / 2);
      const end = { x: free.x, y: level?.y ?? free.y };
      runs.push({
        bus: { left: points.map(({ y }) => y), right: [end.y] },
        draw: (x) => joining(x, points, end, { color: colorOf(to) }),
      });
    }

    for (const edge of edges("event", ({ from }) => isStore(from))) {
      const start = { x: box(edge.from).x, y: bottom(box(edge.from)) - 14 };
      const to = box(edge.to);
      const end = { x: centerX(to), y: to.y };
      runs.push({
        bus: { left: [eventLane], right: [start.y] },
        draw: (x) =>
          line([start, { x, y: start.y }, { x, y: eventLane }, { x: end.x, y: eventLane }, end], {
            color: "integration",
            dashed: true,
          }) +
          label(
            { x: right(to) + 62, y: eventLane },
            edge.labels.join(", "),
            "integration",
            measure,
            "account",
          ),
      });
    }

    const track = tracks(runs.map(({ bus }) => bus));
    // The leftmost last: their ends pass over the long strokes of the others, and stay whole.
    return runs
      .map(({ draw }, index) => ({ draw, track: track[index] ?? 0 }))
      .toSorted((a, b) => b.track - a.track)
      .map(({ draw, track: place }) => draw(rooms.uses + (place + 0.5) * trackGap));
  };

  /** From the Glue job to its buckets, round the right: the nearest innermost. */
  const around = (): string[] =>
    [...cards.values()]
      .filter(({ node }) => isStore(node.id))
      .flatMap((card) => {
        const from = box(card.node.id);
        const ports = rowPorts(card, from);
        return card.rows.map(({ to, color }, index) => {
          const start = { x: right(from), y: ports[index] ?? 0 };
          return { start, end: { x: right(box(to)), y: headPort(box(to)) }, color };
        });
      })
      .toSorted((a, b) => Math.abs(a.end.y - a.start.y) - Math.abs(b.end.y - b.start.y))
      .map(({ start, end, color }, track) => {
        const x = rooms.around + (track + 0.5) * trackGap;
        return line([start, { x, y: start.y }, { x, y: end.y }, end], { color });
      });

  const requests = (): string[] => [
    ...edges("request", ({ from, to }) => kindOf(from) === "internet" && !isStore(to)).map((edge) => {
      const from = box(edge.from);
      const ends = [
        { x: centerX(from), y: bottom(from) },
        { x: centerX(from), y: box(edge.to).y },
      ];
      const at = { x: centerX(from) + 8, y: (bottom(from) + frame.y) / 2 };
      return line(ends, { color: "api" }) + text(at, edge.labels.join(", "), fonts.body, { color: "api" });
    }),
    ...[...cards.values()]
      .filter(({ node }) => node.kind === "api")
      .map(({ node }) => {
        const ends = edges("request", ({ from }) => from === node.id).map(({ to }) => entry(to));
        const start = { x: right(box(node.id)), y: headPort(box(node.id)) };
        return parting(rooms.requests, start, ends, { color: "api" });
      }),
  ];

  const told = (): string[] =>
    [...edges("event", ({ to }) => kindOf(to) === "function"), ...edges("alarm", () => true)].map(
      ({ from, to }) => {
        const end = entry(to);
        return line([{ x: right(box(from)), y: end.y }, end], { color: "integration", dashed: true });
      },
    );

  /** What was given up: round the left from what calls, back from a function. */
  const failures = (): string[] => {
    const style = { color: "failure", dashed: true } as const;
    return [...cards.values()]
      .filter(({ node }) => node.kind === "queue")
      .flatMap(({ node }) => {
        const to = box(node.id);
        const own = edges("failure", ({ to: id }) => id === node.id);
        const left = own.filter(({ from }) => kindOf(from) !== "function");
        const starts = left.map(({ from }) => ({ x: box(from).x, y: headPort(box(from)) }));
        return [
          joining(rooms.failures, starts, { x: to.x, y: headPort(to) }, style),
          ...own
            .filter((edge) => !left.includes(edge))
            .map(({ from }) => {
              const start = { x: box(from).x, y: failurePort(found(cards, from), box(from)) };
              const end = { x: right(to), y: headPort(to) };
              const x = rooms.requests;
              return line([start, { x, y: start.y }, { x, y: end.y }, end], style);
            }),
        ];
      });
  };

  return [...uses(), ...around(), ...requests(), ...told(), ...failures()].join("\n");
}
