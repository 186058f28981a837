import type { Icon } from "../draw/icons.ts";
import type { LegendEntry } from "../draw/legend.ts";
import type { LineStyle } from "../draw/line.ts";
import type { Color } from "../draw/theme.ts";

export interface GridCard {
  /** From 0, from the left and from the top. */
  column: number;
  row: number;
  title: string;
  icon: Icon;
  /** What is typed or called. */
  code?: string[];
  text?: string;
}

/** Around cards of some columns and rows, each from and to. */
export interface Panel {
  title: string;
  note: string;
  icon: Icon;
  columns: [number, number];
  rows: [number, number];
}

export interface GridEdge<Id extends string = string> extends Pick<LineStyle, "dashed"> {
  from: Id;
  to: Id;
  color: Color;
  label?: string;
}

/** Cards in columns and rows. Lines run in the rooms between columns. */
export interface Grid<Id extends string = string> {
  title: string;
  subtitle: string;
  /** Widths of the columns, and of the rooms between them. */
  columns: number[];
  rooms: number[];
  panels: Panel[];
  cards: Record<Id, GridCard>;
  edges: GridEdge<NoInfer<Id>>[];
  legend: LegendEntry[];
}

/** Infers the cards, so that an edge to none is a type error. */
export const grid = <Id extends string>(model: Grid<Id>) => model;
