import { type Color, colors, type Font } from "./theme.ts";

export interface Point {
  x: number;
  y: number;
}

export interface Box extends Point {
  width: number;
  height: number;
}

const escaped = (text: string) => text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);

export const centerX = (box: Box) => box.x + box.width / 2;
export const centerY = (box: Box) => box.y + box.height / 2;
export const right = (box: Box) => box.x + box.width;
export const bottom = (box: Box) => box.y + box.height;

interface TextStyle {
  color?: Color;
  anchor?: "start" | "middle" | "end";
}

/** `y` is the middle of the line. */
export function text(at: Point, content: string, font: Font, style: TextStyle = {}): string {
  const { color = "ink", anchor = "start" } = style;
  const family = font.mono ? "JetBrains Mono Variable" : "Figtree Variable";
  return `<text x="${at.x}" y="${at.y + font.size * 0.35}" font-family="${family}" font-size="${font.size}" font-weight="${font.weight}" fill="${colors[color]}" text-anchor="${anchor}" xml:space="preserve">${escaped(content)}</text>`;
}

interface BoxStyle {
  fill?: string;
  stroke?: string;
  radius?: number;
}

export function rect(box: Box, style: BoxStyle = {}): string {
  const { fill = colors.paper, stroke = colors.border, radius = 8 } = style;
  return `<rect x="${box.x}" y="${box.y}" width="${box.width}" height="${box.height}" rx="${radius}" fill="${fill}" stroke="${stroke}" stroke-width="1.25"/>`;
}

export const circle = (at: Point, radius: number, fill: string) =>
  `<circle cx="${at.x}" cy="${at.y}" r="${radius}" fill="${fill}"/>`;
