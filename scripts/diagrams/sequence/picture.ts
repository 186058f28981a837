import { nextStatuses, type StoredStatus } from "../../../packages/core/src/job/schema.ts";
import { heading } from "../draw/heading.ts";
import { icon } from "../draw/icons.ts";
import { legend } from "../draw/legend.ts";
import { line } from "../draw/line.ts";
import type { Measure, Picture } from "../draw/page.ts";
import { type Box, circle, type Point, rect, text } from "../draw/svg.ts";
import { type Color, colors, fonts, lineHeight } from "../draw/theme.ts";
import { wrap } from "../draw/wrap.ts";
import type { Message, Sequence } from "./model.ts";

const width = 1200;
const margin = 20;
const titlesWidth = 158;
const railX = margin + titlesWidth + 24;
const firstLife = railX + 178;
const lastLife = width - margin - 64;
const headY = 92;
const headHeight = 84;
const messageHeight = 40;
const bandPadding = 10;
const bandGap = 6;

interface Placed extends Message {
  y: number;
  /** What is behind its text. */
  paper: string;
}

const paperOf = (step: number) => (step % 2 ? colors.paper : colors.panel);

/** Throws when a status follows another that it cannot follow. */
function checkStatuses(messages: Message[]) {
  let before: StoredStatus | undefined;
  for (const { status } of messages) {
    if (!status) continue;
    const allowed: readonly StoredStatus[] = before ? nextStatuses[before] : ["PENDING_UPLOAD"];
    if (!allowed.includes(status)) throw new Error(`No job goes from ${before ?? "nothing"} to ${status}`);
    before = status;
  }
}

export function sequencePicture(model: Sequence, measure: Measure): Picture {
  checkStatuses(model.steps.flatMap(({ messages }) => messages));
  const ids = Object.keys(model.participants);
  const lifeX = (id: string) => firstLife + (ids.indexOf(id) * (lastLife - firstLife)) / (ids.length - 1);

  let y = headY + headHeight + 8;
  const bands: Box[] = [];
  const messages: Placed[] = [];
  for (const [index, step] of model.steps.entries()) {
    const top = y;
    y += bandPadding;
    for (const message of step.messages) {
      y += messageHeight;
      messages.push({ ...message, y: y - 8, paper: paperOf(index) });
    }
    y += bandPadding - 4;
    bands.push({ x: margin, y: top, width: width - 2 * margin, height: y - top });
    y += bandGap;
  }
  const end = y - bandGap;

  return {
    width,
    height: end + margin,
    body: [
      heading(margin, model),
      legend(model.legend, { x: margin + 4, y: headY + 6 }),
      ...bands.map((band, index) => drawBand(band, index, model.steps[index]?.title ?? "", measure)),
      ...ids.map((id) => drawLife(model, id, lifeX(id), end)),
      ...rail(model, messages, end - bandPadding),
      ...messages.map((message) =>
        drawMessage(message, lifeX(message.from), lifeX(message.to), model, measure),
      ),
    ].join("\n"),
  };
}

function drawBand(band: Box, step: number, title: string, measure: Measure): string {
  const at = { x: band.x + 24, y: band.y + 26 };
  const room = titlesWidth - 34;
  return [
    rect(band, { fill: paperOf(step), stroke: paperOf(step) }),
    circle(at, 12, colors.ink),
    text(at, String(step + 1), fonts.strong, { color: "paper", anchor: "middle" }),
    ...wrap(title.split(" "), room, fonts.title, measure).map((words, index) =>
      text({ x: at.x + 22, y: at.y + index * (lineHeight + 2) }, words, fonts.title),
    ),
  ].join("");
}

function drawLife({ participants }: Sequence, id: string, x: number, end: number): string {
  const participant = participants[id];
  if (!participant) throw new Error(`Nobody is called ${id}`);
  const { title, service, icon: picture, color } = participant;
  return [
    icon(picture, { x: x - 18, y: headY }, 36),
    text({ x, y: headY + 50 }, title, fonts.title, { anchor: "middle" }),
    text({ x, y: headY + 68 }, service, fonts.body, { color: "muted", anchor: "middle" }),
    `<path d="M${x} ${headY + 80}V${end}" stroke="${colors[color]}" stroke-width="1.5" stroke-opacity="0.45"/>`,
  ].join("");
}

/** What the job is at each height, beside the steps. */
function rail({ statusColors }: Sequence, messages: Placed[], end: number): string[] {
  const changes = messages.filter(({ status }) => status);
  return changes.map(({ status, y }, index) => {
    if (!status) return "";
    const color = statusColors[status] ?? "neutral";
    const until = changes[index + 1]?.y ?? end;
    const bar = { x: railX - 4, y: y + 2, width: 8, height: until - y - 4 };
    return [
      rect(bar, { fill: colors[color], stroke: "none", radius: 4 }),
      text({ x: railX + 12, y: y + 11 }, status, fonts.code, { color }),
    ].join("");
  });
}

const lineColors: Record<Message["kind"], Color> = {
  call: "neutral",
  answer: "neutral",
  bytes: "results",
  event: "integration",
};

/** The arrow, and above it what it is: over its middle where that fits, otherwise from its left end on. */
function drawMessage(
  { from, to, kind, code, text: words, status, y, paper }: Placed,
  start: number,
  end: number,
  { statusColors }: Sequence,
  measure: Measure,
): string {
  const color = lineColors[kind];
  const ends: Point[] = [
    { x: start, y },
    { x: end, y },
  ];
  const pieces = [
    ...(code ? [{ content: code, font: fonts.code, color: "ink" as Color }] : []),
    ...(words ? [{ content: words, font: fonts.body, color: "muted" as Color }] : []),
    ...(status ? [{ content: status, font: fonts.code, color: statusColors[status] ?? "ink" }] : []),
  ];
  const space = 7;
  const sizes = pieces.map(({ content, font }) => measure(content, font));
  const total = sizes.reduce((sum, size) => sum + size, 0) + space * (pieces.length - 1);
  const left = Math.min(start, end);
  const span = Math.abs(end - start);
  const begin = Math.min(
    total + 16 <= span ? left + (span - total) / 2 : left + 10,
    width - margin - 8 - total,
  );
  if (from === to) throw new Error("A message goes to another participant");
  let x = begin;
  const written = pieces.map(({ content, font, color: ink }, index) => {
    const piece = text({ x, y: y - 13 }, content, font, { color: ink });
    x += (sizes[index] ?? 0) + space;
    return piece;
  });
  const behind = { x: begin - 4, y: y - 22, width: total + 8, height: 17 };
  return [
    rect(behind, { fill: paper, stroke: "none", radius: 3 }),
    ...written,
    line(ends, {
      color,
      thick: kind === "bytes",
      dashed: kind === "event" || kind === "answer",
      over: false,
    }),
  ].join("");
}
