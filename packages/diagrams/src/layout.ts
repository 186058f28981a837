import ELK, { type ElkExtendedEdge, type ElkNode, type ElkPoint, type ElkPort } from "elkjs";
import * as svg from "./svg.ts";

export interface Card {
  id: string;
  title: string;
  subtitle: string;
  icon: string;
  /** From the left; links are routed in the space between columns. */
  column: number;
  width: number;
  /** Title of the box that it is in. */
  group?: string | undefined;
  code: string[];
  text: string[];
}

export interface Link extends svg.Stroke {
  from: string;
  to: string;
  /** Written in the card of `from`, beside the start of the line. */
  label?: string | undefined;
  text: string[];
}

export interface Diagram extends svg.Heading {
  /** From top to bottom in each column. */
  cards: Card[];
  links: Link[];
}

const padding = 10;
const labelWidth = 58;
/** Where lines that belong to no row begin and end. */
const headY = 24;

interface Content {
  /** Draws the lines of text of a card that is at this position. */
  draw: ((left: number, top: number) => string)[];
  /** The y of each labelled link. */
  rows: Map<Link, number>;
  height: number;
}

function content(card: Card, links: Link[]): Content {
  let y = 48;
  const rows: Content["rows"] = new Map();
  const draw: Content["draw"] = [];
  const add = (x: number, line: string, style: svg.Style, color: svg.Color) => {
    const middle = y + svg.lineHeight / 2;
    draw.push((left, top) => svg.text(left + x, top + middle, line, style, color));
  };
  const addAll = (x: number, items: string[], style: svg.Style, color: svg.Color) => {
    for (const line of items.flatMap((item) => svg.wrap(item, card.width - x - padding, style))) {
      add(x, line, style, color);
      y += svg.lineHeight;
    }
  };
  addAll(padding, card.code, "code", "neutral");
  addAll(padding, card.text, "body", "muted");
  for (const link of links.filter(({ from, label }) => from === card.id && label)) {
    y += 4;
    rows.set(link, y + svg.lineHeight / 2);
    add(padding, link.label ?? "", "strong", link.color);
    addAll(padding + labelWidth, link.text, "body", "ink");
  }
  return { draw, rows, height: draw.length ? y + 8 : y };
}

const options = {
  "elk.algorithm": "layered",
  "elk.edgeRouting": "ORTHOGONAL",
  "elk.hierarchyHandling": "INCLUDE_CHILDREN",
  "elk.partitioning.activate": "true",
  "elk.layered.crossingMinimization.semiInteractive": "true",
  "elk.layered.thoroughness": "20",
  "elk.spacing.nodeNode": "12",
  "elk.spacing.edgeNode": "14",
  "elk.layered.spacing.nodeNodeBetweenLayers": "28",
  "elk.layered.spacing.edgeNodeBetweenLayers": "16",
  "elk.layered.spacing.edgeEdgeBetweenLayers": "12",
  "elk.json.edgeCoords": "ROOT",
  "elk.json.shapeCoords": "ROOT",
};

/** The diagram as ELK's input. */
function toElk({ cards, links }: Diagram, contents: Map<Card, Content>): ElkNode {
  const find = (id: string) => {
    const card = cards.find((each) => each.id === id);
    if (!card) throw new Error(`A link refers to ${id}, which has no card`);
    return card;
  };
  const ports = new Map(cards.map((card) => [card, [] as ElkPort[]]));
  /** Lines that share a port join. */
  const port = (card: Card, side: "EAST" | "WEST", name: string, y: number) => {
    const own = ports.get(card) ?? [];
    const id = `${card.id} ${side} ${name}`;
    const x = side === "EAST" ? card.width : 0;
    if (!own.some((each) => each.id === id)) own.push({ id, x, y, layoutOptions: { "elk.port.side": side } });
    return id;
  };
  const edges = links.map((link, index) => {
    const [from, to] = [find(link.from), find(link.to)];
    const isBack = from.column > to.column;
    const y = contents.get(from)?.rows.get(link) ?? headY;
    const start = port(from, isBack ? "WEST" : "EAST", `${y}`, y);
    const colors = new Set(links.filter((each) => each.to === link.to).map(({ color }) => color));
    const isShared = isBack && links.some((each) => each.from === link.to && !each.label);
    const endY = headY + 12 * [...colors].indexOf(link.color) + (isShared ? 12 : 0);
    const end = port(to, isBack ? "EAST" : "WEST", link.color, endY);
    // ELK would lead a line to the left around both cards, so it gets it in reverse.
    return { id: `${index}`, sources: [isBack ? end : start], targets: [isBack ? start : end] };
  });
  const place = (card: Card) => ({
    "elk.partitioning.partition": String(card.column),
    "elk.position": `(0,${cards.indexOf(card)})`,
  });
  const leaf = (card: Card): ElkNode => ({
    id: card.id,
    width: card.width,
    height: contents.get(card)?.height ?? 0,
    ports: ports.get(card) ?? [],
    layoutOptions: { "elk.portConstraints": "FIXED_POS", "elk.alignment": "LEFT", ...place(card) },
  });
  const children = [...Map.groupBy(cards, ({ group }) => group)].flatMap(([group, members]): ElkNode[] => {
    const [first] = members;
    if (!group || !first) return members.map(leaf);
    const padded = { ...options, "elk.padding": "[top=40,left=12,bottom=12,right=12]" };
    return [{ id: group, children: members.map(leaf), layoutOptions: { ...padded, ...place(first) } }];
  });
  const padded = { ...options, "elk.padding": `[top=${svg.headingHeight},left=24,bottom=24,right=24]` };
  return { id: "root", children, edges, layoutOptions: padded };
}

function points({ sections: [section] = [] }: ElkExtendedEdge): ElkPoint[] {
  return section ? [section.startPoint, ...(section.bendPoints ?? []), section.endPoint] : [];
}

/** Lower is better: long lines, bends and tall diagrams cost. */
function score({ edges = [], height = 0 }: ElkNode): number {
  const strokes = edges
    .map(points)
    .flatMap((route) => route.slice(1).map((b, index) => [route[index] ?? b, b]));
  const costs = strokes.map(([a, b]) => (a && b ? Math.hypot(a.x - b.x, a.y - b.y) + 300 : 0));
  return costs.reduce((sum, cost) => sum + cost, 20 * height);
}

/** The best of several layouts, as ELK's heuristics depend on a random seed. */
async function layout(input: ElkNode): Promise<ElkNode> {
  const elk = new ELK();
  const layouts: ElkNode[] = [];
  for (let seed = 1; seed <= 20; seed++) {
    const layoutOptions = { ...input.layoutOptions, "elk.randomSeed": `${seed}` };
    layouts.push(await elk.layout({ ...structuredClone(input), layoutOptions }));
  }
  return layouts.reduce((best, each) => (score(each) < score(best) ? each : best));
}

/** The SVG files of a diagram, one for each theme. */
export async function draw(diagram: Diagram): Promise<string[]> {
  const cards = new Map(diagram.cards.map((card) => [card.id, card]));
  const contents = new Map(diagram.cards.map((card) => [card, content(card, diagram.links)]));
  const root = await layout(toElk(diagram, contents));
  const nodes = (root.children ?? []).flatMap((node) => [node, ...(node.children ?? [])]);
  const boxes = nodes.flatMap((node) => {
    const { id, x = 0, y = 0 } = node;
    const card = cards.get(id);
    if (!card) return [svg.rect(node, "group", "border"), svg.text(x + 13, y + 21, id, "heading", "ink")];
    return [
      svg.rect(node, "card", "border"),
      svg.icon(card.icon, x + padding, y + padding, 28),
      svg.text(x + 48, y + 17, card.title, "heading", "ink"),
      svg.text(x + 48, y + 33, card.subtitle, "body", "muted"),
      ...(contents.get(card)?.draw ?? []).map((line) => line(x, y)),
    ];
  });
  // Lines that join are drawn together, so that none of them passes over another.
  const bundles = Map.groupBy(root.edges ?? [], ({ id }) => {
    const { color, label, from, to } = diagram.links[Number(id)] as Link;
    return `${color} ${label ? to : from}`;
  });
  const lines = [...bundles.values()].flatMap((edges) => [
    ...edges.map((edge) => svg.halo(points(edge))),
    ...edges.flatMap((edge) => {
      const link = diagram.links[Number(edge.id)] as Link;
      const isBack = (cards.get(link.from)?.column ?? 0) > (cards.get(link.to)?.column ?? 0);
      const route = isBack ? points(edge).toReversed() : points(edge);
      const dots = (edge.junctionPoints ?? []).map((point) => svg.dot(point, link.color));
      return [svg.arrow(route, link), ...dots];
    }),
  ]);
  return svg.page(diagram, root, [...boxes, ...lines]);
}
