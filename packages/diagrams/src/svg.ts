import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { ElkPoint, ElkShape } from "elkjs";
import { create, type Font } from "fontkitten";

/** In light and in dark mode. Services have the colour of their AWS category. */
const colors = {
  ink: ["#1f2430", "#e8eaee"],
  muted: ["#5a6270", "#a3abb8"],
  border: ["#d3d8df", "#3a414d"],
  card: ["#ffffff", "#1b2029"],
  group: ["#f5f6f8", "#141820"],
  page: ["#ffffff", "#0d1117"],
  api: ["#6b3fd4", "#a78bfa"],
  storage: ["#4d7a07", "#94c83d"],
  results: ["#0b7a75", "#3ccbc0"],
  database: ["#b01fb8", "#e37be8"],
  analytics: ["#4257d6", "#8f9dff"],
  events: ["#cf1068", "#ff6ba6"],
  failure: ["#c22a2a", "#ff7b72"],
  neutral: ["#475063", "#b6bfcc"],
};
export type Color = keyof typeof colors;
export const themes = ["light", "dark"] as const;

const files = {
  Figtree: "@fontsource/figtree/files/figtree-latin-400-normal.woff2",
  "Figtree SemiBold": "@fontsource/figtree/files/figtree-latin-600-normal.woff2",
  "JetBrains Mono": "@fontsource/jetbrains-mono/files/jetbrains-mono-latin-500-normal.woff2",
};
const fonts = Object.entries(files).map(([family, file]) => {
  const data = readFileSync(fileURLToPath(import.meta.resolve(file)));
  const url = `data:font/woff2;base64,${data.toString("base64")}`;
  return { family, font: create(data) as Font, css: `@font-face{font-family:"${family}";src:url(${url})}` };
});

const styles = {
  title: ["Figtree SemiBold", 23],
  subtitle: ["Figtree", 14],
  heading: ["Figtree SemiBold", 15],
  strong: ["Figtree SemiBold", 12.5],
  body: ["Figtree", 12.5],
  code: ["JetBrains Mono", 11.5],
} as const;
export type Style = keyof typeof styles;
export const lineHeight = 16;

/** Width of a text in pixels, without kerning. */
export function measure(content: string, style: Style): number {
  const [family, size] = styles[style];
  const font = fonts.find((each) => each.family === family)?.font as Font;
  const units = font.glyphsForString(content).reduce((sum, { advanceWidth }) => sum + advanceWidth, 0);
  return (units / font.unitsPerEm) * size;
}

export function wrap(content: string, width: number, style: Style): string[] {
  const lines: string[] = [];
  for (const word of content.split(" ")) {
    const longer = `${lines.at(-1)} ${word}`;
    if (lines.length && measure(longer, style) <= width) lines.splice(-1, 1, longer);
    else lines.push(word);
  }
  return lines;
}

/** `y` is the vertical middle. */
export function text(x: number, y: number, content: string, style: Style, color: Color): string {
  const [family, size] = styles[style];
  const at = `x="${round(x)}" y="${round(y + size * 0.35)}"`;
  const escaped = content.replace(/[&<>]/g, (character) => `&#${character.charCodeAt(0)};`);
  return `<text ${at} font-family="${family}" font-size="${size}" class="${color}">${escaped}</text>`;
}

export function rect({ x = 0, y = 0, width = 0, height = 0 }: ElkShape, fill: Color, stroke = fill): string {
  const box = `x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(height)}"`;
  return `<rect ${box} rx="8" class="${fill}" stroke="var(--${stroke})"/>`;
}

export function icon(name: string, x: number, y: number, size: number): string {
  const svg = readFileSync(fileURLToPath(import.meta.resolve(`aws-icons/icons/${name}.svg`)), "utf8");
  const box = `x="${round(x)}" y="${round(y)}" width="${size}" height="${size}"`;
  // AWS draws its general icons in this ink.
  return svg.replace("<svg ", `<svg ${box} `).replaceAll(/#2[34]2f3[de]/g, "var(--ink)");
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

export interface Stroke {
  color: Color;
  dashed?: boolean;
}

/** A path with rounded corners. */
function path(points: ElkPoint[], style: string): string {
  const d = points.map((point, index) => {
    const at = ({ x, y }: ElkPoint) => `${round(x)} ${round(y)}`;
    const [before, after] = [points[index - 1], points[index + 1]];
    if (!before || !after) return `${before ? "L" : "M"}${at(point)}`;
    const toward = (end: ElkPoint) => {
      const length = Math.hypot(end.x - point.x, end.y - point.y) || 1;
      const part = Math.min(7, length / 2) / length;
      return at({ x: point.x + (end.x - point.x) * part, y: point.y + (end.y - point.y) * part });
    };
    return `L${toward(before)}Q${at(point)} ${toward(after)}`;
  });
  return `<path d="${d.join("")}" fill="none" ${style}/>`;
}

/** A horizontal or vertical line with an arrowhead at its last point. */
export function arrow(points: ElkPoint[], { color, dashed }: Stroke): string {
  const [before, end] = points.slice(-2) as [ElkPoint, ElkPoint];
  const [dx, dy] = [Math.sign(end.x - before.x), Math.sign(end.y - before.y)];
  const shaft = points.with(-1, { x: end.x - 7 * dx, y: end.y - 7 * dy });
  const style = `stroke="var(--${color})" stroke-width="1.75"${dashed ? ' stroke-dasharray="6 4"' : ""}`;
  const head = `M${round(end.x)} ${round(end.y)}l${-9 * dx - 4.5 * dy} ${-9 * dy - 4.5 * dx}l${9 * dy} ${9 * dx}Z`;
  return `${path(shaft, style)}<path d="${head}" class="${color}"/>`;
}

/** Drawn below a line, so that it visibly passes over the lines it crosses. */
export function halo(points: ElkPoint[]): string {
  return path(points, 'stroke="var(--page)" stroke-width="5"');
}

export function dot({ x, y }: ElkPoint, color: Color): string {
  return `<circle cx="${round(x)}" cy="${round(y)}" r="3" class="${color}"/>`;
}

export interface Heading {
  title: string;
  subtitle: string;
  legend: (Stroke & { text: string })[];
}
export const headingHeight = 118;

/** An SVG file in each theme: title, subtitle and legend above `body`, which begins at `headingHeight`. */
export function page({ title, subtitle, legend }: Heading, size: ElkShape, body: string[]): string[] {
  let x = 24;
  const entries = legend.map((entry) => {
    const ends = [x, x + 34].map((end) => ({ x: end, y: 92 }));
    const drawn = arrow(ends, entry) + text(x + 42, 92, entry.text, "body", "muted");
    x += measure(entry.text, "body") + 70;
    return drawn;
  });
  const fontFaces = fonts.map(({ css }) => css).join("");
  const fills = Object.keys(colors).map((name) => `.${name}{fill:var(--${name})}`);
  return themes.map((_, theme) => {
    const values = Object.entries(colors).map(([name, pair]) => `--${name}:${pair[theme]}`);
    return [
      `<svg xmlns="http://www.w3.org/2000/svg" width="${size.width}" height="${size.height}">`,
      `<style>${fontFaces}text{white-space:pre}svg{${values.join(";")}}${fills.join("")}</style>`,
      rect({ width: size.width ?? 0, height: size.height ?? 0 }, "page"),
      text(24, 34, title, "title", "ink"),
      text(24, 62, subtitle, "subtitle", "muted"),
      ...entries,
      ...body,
      "</svg>\n",
    ].join("\n");
  });
}
