import { type Box, bottom } from "../draw/svg.ts";
import type { Architecture, NodeKind } from "../extract/graph.ts";
import { type Card, heightOf, widthOf } from "./cards.ts";

const margin = 20;
const gap = 9;
const panelPadding = 11;
const panelHead = 32;
export const trackGap = 13;

/** Where everything is, and where there is room for lines. */
export interface Layout {
  boxes: Map<string, Box>;
  frame: Box;
  requests: Box;
  background: Box;
  /** Left edges of the rooms for vertical strokes. */
  rooms: { failures: number; requests: number; uses: number; around: number };
  /** A height between the two groups of functions, for a line from the right to the left. */
  eventLane: number;
  legend: { x: number; y: number };
  width: number;
  height: number;
}

/**
 * Three columns: what calls the functions, the functions in two groups, what they use. The public stands outside, above.
 * @param order ids of what stands below each other, from the top
 */
export function layout(graph: Architecture, cards: Map<string, Card>, order: string[]): Layout {
  const place = (card: Card) => (order.includes(card.node.id) ? order.indexOf(card.node.id) : order.length);
  const ofKind = (...kinds: NodeKind[]) =>
    [...cards.values()]
      .filter(({ node }) => kinds.includes(node.kind))
      .toSorted((a, b) => place(a) - place(b));
  const isTold = (by: NodeKind, { node }: Card) =>
    graph.edges.some(
      ({ from, to, kind }) => to === node.id && kind !== "permission" && cards.get(from)?.node.kind === by,
    );
  const functions = ofKind("function");
  const requested = functions.filter((card) => isTold("api", card));
  const stores = ofKind("bucket", "table", "job");
  const isStore = (id: string) => stores.some(({ node }) => node.id === id);

  const boxes = new Map<string, Box>();
  const put = (card: Card, x: number, y: number) => {
    const box = { x, y, width: card.width, height: heightOf(card) };
    boxes.set(card.node.id, box);
    return box;
  };
  const stack = (column: Card[], x: number, top: number, space = gap) =>
    column.reduce((y, card) => bottom(put(card, x, y)) + space, top) - space;
  const lowest = (...kinds: NodeKind[]) =>
    Math.max(...ofKind(...kinds).map(({ node }) => bottom(boxes.get(node.id) as Box)), 0);

  const callersX = margin + 34;
  const functionsX = callersX + widthOf("small") + 46 + panelPadding;
  const usesX = functionsX + widthOf("function") + panelPadding + 12;
  // One track for what the functions use, and one for each line between a store and something far away.
  const used = new Set(functions.flatMap(({ rows }) => rows.map(({ to }) => to)));
  const far = graph.edges.filter(
    ({ from, to, kind }) => kind !== "permission" && isStore(from) !== isStore(to),
  );
  const storesX = usesX + (used.size + far.length) * trackGap + 14;
  const aroundX = storesX + widthOf("store") + 16;
  const frameRight = aroundX + stores.flatMap(({ rows }) => rows).length * trackGap + 14;

  const panel = (column: Card[], y: number): Box => ({
    x: functionsX - panelPadding,
    y,
    width: widthOf("function") + 2 * panelPadding,
    height: stack(column, functionsX, y + panelHead) + panelPadding - y,
  });
  stack(ofKind("internet"), callersX, 88);
  const frameY = lowest("internet") + 30;
  const requests = panel(requested, frameY + 44);
  const background = panel(
    functions.filter((card) => !requested.includes(card)),
    bottom(requests) + 44,
  );

  stack(ofKind("api"), callersX, requests.y + panelHead);
  const target = ({ node }: Card) => {
    const to = graph.edges.find(({ from, kind }) => from === node.id && kind === "event")?.to;
    return (to && boxes.get(to)) || background;
  };
  let free = background.y;
  for (const card of ofKind("rule", "schedule").toSorted((a, b) => target(a).y - target(b).y)) {
    // Beside what it calls, and its line is straight.
    const level = target(card).y;
    free = bottom(put(card, callersX, Math.max(level, free))) + gap;
  }
  const queues = stack(ofKind("queue"), callersX, free + 12);

  const tall = stores.reduce((sum, card) => sum + heightOf(card), 0);
  const space = (bottom(background) - requests.y - tall) / Math.max(1, stores.length - 1);
  stack(stores, storesX, requests.y, Math.max(gap, space));

  const lastY = Math.max(bottom(background), queues, lowest("bucket", "table", "job")) + 20;
  stack(ofKind("cloudwatch"), functionsX, lastY);
  stack(ofKind("topic"), storesX, lastY);
  const frameBottom = lowest("cloudwatch", "topic", "queue") + 20;

  return {
    boxes,
    frame: { x: margin, y: frameY, width: frameRight - margin, height: frameBottom - frameY },
    requests,
    background,
    rooms: {
      failures: margin + 16,
      requests: callersX + widthOf("small") + 16,
      uses: usesX,
      around: aroundX,
    },
    eventLane: bottom(requests) + 22,
    legend: { x: callersX, y: lowest("api") + 40 },
    width: frameRight + margin,
    height: frameBottom + margin,
  };
}
