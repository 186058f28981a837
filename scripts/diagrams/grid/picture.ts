import { heading } from "../draw/heading.ts";
import { icon } from "../draw/icons.ts";
import { legend } from "../draw/legend.ts";
import type { Measure, Picture } from "../draw/page.ts";
import { type Box, bottom, rect, text } from "../draw/svg.ts";
import { colors, fonts, lineHeight } from "../draw/theme.ts";
import { wrap } from "../draw/wrap.ts";
import type { Grid, GridCard, Panel } from "./model.ts";
import { wires } from "./wires.ts";

const margin = 20;
const top = 92;
const padding = 10;
const iconSize = 28;
const head = 36;
const rowGap = 20;
const panelHead = 36;
const panelPadding = 14;

const textLines = ({ text: said }: GridCard, width: number, measure: Measure) =>
  said ? wrap(said.split(" "), width - 2 * padding, fonts.body, measure) : [];

function heightOf(card: GridCard, width: number, measure: Measure): number {
  const lines = (card.code?.length ?? 0) + textLines(card, width, measure).length;
  return 2 * padding + (lines ? head + lines * lineHeight - 2 : iconSize);
}

/** Each row is as high as its highest card, whose neighbours stand at its middle. */
export function gridPicture(model: Grid, measure: Measure): Picture {
  const { columns, rooms, panels } = model;
  const columnX = columns.map((_, index) =>
    [...columns.slice(0, index), ...rooms.slice(0, index)].reduce(
      (sum, size) => sum + size,
      margin + panelPadding,
    ),
  );
  const entries = Object.entries(model.cards);
  const size = ({ column }: GridCard) => columns[column] ?? 0;
  const rowCount = Math.max(...entries.map(([, { row }]) => row)) + 1;
  const rows: { y: number; height: number }[] = [];
  let y = top;
  for (let row = 0; row < rowCount; row++) {
    if (panels.some(({ rows: [first] }) => first === row)) y += panelHead;
    const heights = entries
      .filter(([, card]) => card.row === row)
      .map(([, card]) => heightOf(card, size(card), measure));
    rows.push({ y, height: Math.max(...heights) });
    y += Math.max(...heights) + rowGap;
    if (panels.some(({ rows: [, last] }) => last === row)) y += panelPadding;
  }
  const boxes = new Map(
    entries.map(([id, card]) => {
      const row = rows[card.row] ?? { y: 0, height: 0 };
      const height = heightOf(card, size(card), measure);
      const box = {
        x: columnX[card.column] ?? 0,
        y: row.y + (row.height - height) / 2,
        width: size(card),
        height,
      };
      return [id, box];
    }),
  );
  const panelBox = ({ columns: [left, last], rows: [first, end] }: Panel): Box => {
    const x = (columnX[left] ?? 0) - panelPadding;
    const begin = (rows[first]?.y ?? 0) - panelHead;
    const lower = (rows[end]?.y ?? 0) + (rows[end]?.height ?? 0) + panelPadding;
    const width = (columnX[last] ?? 0) + (columns[last] ?? 0) + panelPadding - x;
    return { x, y: begin, width, height: lower - begin };
  };
  const placedPanels = panels.map((panel) => ({ panel, box: panelBox(panel) }));
  const width = (columnX.at(-1) ?? 0) + (columns.at(-1) ?? 0) + panelPadding + margin;
  const end = Math.max(...placedPanels.map(({ box }) => bottom(box)));

  return {
    width,
    height: end + margin,
    body: [
      heading(margin, model),
      ...placedPanels.map(({ panel, box }) => drawPanel(panel, box)),
      wires(model, boxes, columnX, measure),
      ...entries.map(([id, card]) => drawCard(card, boxes.get(id) as Box, measure)),
      legend(model.legend, { x: (columnX[1] ?? 0) - panelPadding + 4, y: top + 16 }),
    ].join("\n"),
  };
}

function drawPanel({ title, note, icon: picture }: Panel, box: Box): string {
  return [
    rect(box, { fill: colors.panel }),
    icon(picture, { x: box.x + 12, y: box.y + 7 }, 22),
    text({ x: box.x + 42, y: box.y + 18 }, title, fonts.group),
    text({ x: box.x + box.width - 12, y: box.y + 18 }, note, fonts.body, { color: "muted", anchor: "end" }),
  ].join("");
}

function drawCard(card: GridCard, box: Box, measure: Measure): string {
  const x = box.x + padding;
  const lines = [
    ...(card.code ?? []).map((content) => ({ content, font: fonts.code, color: "ink" as const })),
    ...textLines(card, box.width, measure).map((content) => ({
      content,
      font: fonts.body,
      color: "muted" as const,
    })),
  ];
  return [
    rect(box),
    icon(card.icon, { x, y: box.y + padding }, iconSize),
    text({ x: x + iconSize + 9, y: box.y + padding + iconSize / 2 }, card.title, fonts.title),
    ...lines.map(({ content, font, color }, index) =>
      text({ x, y: box.y + padding + head + (index + 0.5) * lineHeight }, content, font, { color }),
    ),
  ].join("");
}
