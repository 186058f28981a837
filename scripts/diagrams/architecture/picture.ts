import { heading } from "../draw/heading.ts";
import { icon } from "../draw/icons.ts";
import { legend } from "../draw/legend.ts";
import type { Measure, Picture } from "../draw/page.ts";
import { type Box, rect, right, text } from "../draw/svg.ts";
import { colors, fonts } from "../draw/theme.ts";
import type { Architecture } from "../extract/graph.ts";
import { cards, commonDetails, drawCard } from "./cards.ts";
import type { ArchitectureHints } from "./hints.ts";
import { layout } from "./layout.ts";
import { wires } from "./wires.ts";

function group(box: Box, title: string, note: string): string {
  return [
    rect(box, { fill: colors.panel }),
    text({ x: box.x + 12, y: box.y + 17 }, title, fonts.group),
    text({ x: right(box) - 12, y: box.y + 17 }, note, fonts.body, { color: "muted", anchor: "end" }),
  ].join("");
}

export function architecturePicture(
  graph: Architecture,
  hints: ArchitectureHints,
  measure: Measure,
): Picture {
  const all = cards(graph, hints, measure);
  const common = commonDetails(graph).join(" · ");
  const placed = layout(graph, all, hints.order);
  const { frame, boxes, width, height } = placed;
  return {
    width,
    height,
    body: [
      heading(frame.x, hints),
      rect(frame, { fill: colors.account, stroke: "#242f3e", radius: 0 }),
      icon("cloud", frame, 26),
      text({ x: frame.x + 34, y: frame.y + 14 }, hints.frame, fonts.strong),
      group(placed.requests, hints.groups.requests, common),
      group(placed.background, hints.groups.background, common),
      ...[...all.values()].map((card) => drawCard(card, boxes.get(card.node.id) as Box)),
      wires(graph, all, placed, measure),
      legend(hints.legend, placed.legend),
    ].join("\n"),
  };
}
