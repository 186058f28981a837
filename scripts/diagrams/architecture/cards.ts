import { type Icon, icon } from "../draw/icons.ts";
import type { Measure } from "../draw/page.ts";
import { type Box, rect, right, text } from "../draw/svg.ts";
import { type Color, colors, fonts, lineHeight } from "../draw/theme.ts";
import { wrap } from "../draw/wrap.ts";
import type { Architecture, ArchitectureNode, NodeKind } from "../extract/graph.ts";
import type { ArchitectureHints } from "./hints.ts";

/** What a node may do with another one. Its line leaves the card to the right. */
export interface Row {
  to: string;
  target: string;
  color: Color;
  lines: string[];
}

/** A node as it is drawn, not yet placed. */
export interface Card {
  node: ArchitectureNode;
  icon: Icon;
  color: Color;
  title: string;
  /** Below the title. */
  service: string;
  /** What makes a function run. */
  occasions: string[];
  /** When it gives up, if that leads somewhere. */
  failure: string | undefined;
  notes: string[];
  rows: Row[];
  /** Of the texts of the rows, from the left edge of the card. */
  indent: { target: number; actions: number };
  width: number;
}

const padding = 9;
const head = 34;
const rowGap = 4;
const iconSize = 28;

const shapes = {
  function: { width: 490, target: 226, actions: 278 },
  store: { width: 198, target: padding, actions: 57 },
  small: { width: 184, target: padding, actions: padding },
};
export const widthOf = (shape: keyof typeof shapes) => shapes[shape].width;

const shapeOf = (kind: NodeKind): keyof typeof shapes => {
  if (kind === "function" || kind === "cloudwatch") return "function";
  return kind === "bucket" || kind === "table" || kind === "job" || kind === "topic" ? "store" : "small";
};

/** `GetObject PutObject · uploads/*` as a sentence would say it, in words. */
const permission = (label: string) => {
  const [actions = "", on] = label.split(" · ");
  const said = [actions, on].map((part) => part?.replaceAll(" ", ", ")).filter(Boolean);
  return said.join(" on ").split(" ");
};

/** What makes a function run: its routes, the events of its rule, its schedule. */
function occasions({ nodes, edges }: Architecture, id: string): string[] {
  const into = (target: string) => edges.filter(({ to, kind }) => to === target && kind !== "permission");
  return into(id).flatMap(({ from, kind, labels }) => {
    if (kind === "request") return labels;
    const details = nodes.find((node) => node.id === from)?.details ?? [];
    return [...details, ...into(from).flatMap((event) => event.labels)];
  });
}

/** What all functions have in common: their groups say it, a card only what is its own. */
export function commonDetails({ nodes }: Architecture): string[] {
  const [first, ...others] = nodes.filter(({ kind }) => kind === "function");
  return (first?.details ?? []).filter((detail) => others.every(({ details }) => details.includes(detail)));
}

/** Cards of all nodes by their ids. Throws when an edge ends at no node. */
export function cards(graph: Architecture, hints: ArchitectureHints, measure: Measure): Map<string, Card> {
  const nodes = new Map(graph.nodes.map((node) => [node.id, node]));
  const appearance = (id: string) => {
    const node = nodes.get(id);
    if (!node) throw new Error(`${id} is the end of an edge and no node`);
    const kind = hints.kinds[node.kind];
    return { title: node.name, short: node.name, ...kind, ...hints.nodes[id] };
  };
  const place = (id: string) => (hints.order.includes(id) ? hints.order.indexOf(id) : hints.order.length);

  const common = commonDetails(graph);
  const card = (node: ArchitectureNode): Card => {
    const { title, service, color, icon: picture } = appearance(node.id);
    const { width, ...indent } = shapes[shapeOf(node.kind)];
    const isFunction = node.kind === "function";
    return {
      node,
      icon: picture,
      color,
      title,
      service: isFunction
        ? [service, ...node.details.filter((detail) => !common.includes(detail))].join(" · ")
        : service,
      width,
      indent,
      occasions: isFunction ? occasions(graph, node.id) : [],
      failure: graph.edges
        .find(({ from, kind }) => from === node.id && kind === "failure")
        ?.labels.join(", "),
      notes: isFunction ? [] : wrap(node.details, width - 2 * padding, fonts.body, measure, " · "),
      rows: graph.edges
        .filter(({ from, kind }) => from === node.id && kind === "permission")
        .toSorted((a, b) => place(a.to) - place(b.to))
        .map(({ to, labels }) => ({
          to,
          target: appearance(to).short,
          color: appearance(to).color,
          lines: labels.flatMap((label) =>
            wrap(permission(label), width - indent.actions - padding, fonts.body, measure),
          ),
        })),
    };
  };
  return new Map(graph.nodes.map((node) => [node.id, card(node)]));
}

const rowsHeight = (rows: Row[]) =>
  rows.reduce((sum, { lines }) => sum + lines.length * lineHeight + rowGap, -rowGap);

/** Of what stands above the rows, in a card whose rows are not beside it. */
const notesHeight = ({ notes }: Card) => (notes.length ? head + notes.length * lineHeight : iconSize);

export function heightOf(card: Card): number {
  if (card.node.kind === "function") {
    const lines = card.occasions.length + (card.failure ? 1 : 0);
    return 2 * padding + Math.max(head + lines * lineHeight, rowsHeight(card.rows)) - 2;
  }
  return 2 * padding + notesHeight(card) + (card.rows.length ? rowsHeight(card.rows) + 4 : 0);
}

/** Where the line of each row leaves the card. */
export function rowPorts(card: Card, box: Box): number[] {
  let y = box.y + padding + (card.node.kind === "function" ? 0 : notesHeight(card) + 4);
  return card.rows.map(({ lines }) => {
    const port = y + lineHeight / 2;
    y += lines.length * lineHeight + rowGap;
    return port;
  });
}

/** Height of the line that comes into a card. */
export const headPort = (box: Box) => box.y + padding + iconSize / 2;

/** Height of the line of what a function gave up: beside the last of its texts. */
export const failurePort = (card: Card, box: Box) => belowHead(box, card.occasions.length);

const belowHead = (box: Box, index: number) => box.y + padding + head + (index + 0.5) * lineHeight;

export function drawCard(card: Card, box: Box): string {
  const x = box.x + padding;
  const middle = headPort(box);
  const parts = [
    rect(box),
    icon(card.icon, { x, y: box.y + padding }, iconSize),
    text({ x: x + 37, y: middle - (card.service ? 7 : 0) }, card.title, fonts.title),
    text({ x: x + 37, y: middle + 9 }, card.service, fonts.body, { color: "muted" }),
  ];
  card.occasions.forEach((route, index) => {
    parts.push(text({ x, y: belowHead(box, index) }, route, fonts.code, { color: "neutral" }));
  });
  card.notes.forEach((note, index) => {
    parts.push(text({ x, y: belowHead(box, index) }, note, fonts.body, { color: "muted" }));
  });
  if (card.node.kind === "function" && card.failure) {
    const at = { x, y: failurePort(card, box) };
    parts.push(text(at, `given up ${card.failure}`, fonts.body, { color: "failure" }));
  }
  if (card.node.kind === "function" && card.rows.length === 0) {
    const at = { x: box.x + card.indent.target, y: box.y + padding + lineHeight / 2 };
    parts.push(text(at, "nothing but its own log", fonts.body, { color: "muted" }));
  }
  const ports = rowPorts(card, box);
  card.rows.forEach(({ target, color, lines }, index) => {
    const y = ports[index] ?? 0;
    parts.push(text({ x: box.x + card.indent.target, y }, target, fonts.strong, { color }));
    lines.forEach((content, place) => {
      parts.push(text({ x: box.x + card.indent.actions, y: y + place * lineHeight }, content, fonts.body));
    });
    parts.push(`<rect x="${right(box) - 4}" y="${y - 5}" width="4" height="10" fill="${colors[color]}"/>`);
  });
  return parts.join("");
}
