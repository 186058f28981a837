/** Colours of all pictures. Those of services are AWS's own for their categories, as in its icons. */
export const colors = {
  ink: "#1f2430",
  muted: "#5a6270",
  line: "#707987",
  border: "#d3d8df",
  paper: "#ffffff",
  panel: "#f6f7f9",
  account: "#fcfcfd",
  api: "#6b3fd4",
  compute: "#c85a00",
  storage: "#4d7a07",
  results: "#0b7a75",
  database: "#b01fb8",
  analytics: "#4257d6",
  integration: "#cf1068",
  failure: "#c22a2a",
  neutral: "#475063",
} as const;

export type Color = keyof typeof colors;

export interface Font {
  size: number;
  weight: 400 | 500 | 600 | 700;
  mono?: boolean;
}

/** In CSS pixels; a picture has two device pixels for each. */
export const fonts = {
  heading: { size: 22, weight: 700 },
  subheading: { size: 14, weight: 400 },
  group: { size: 14, weight: 600 },
  title: { size: 15, weight: 600 },
  strong: { size: 12.5, weight: 600 },
  body: { size: 12.5, weight: 400 },
  code: { size: 12, weight: 500, mono: true },
} as const satisfies Record<string, Font>;

export const lineHeight = 16;
