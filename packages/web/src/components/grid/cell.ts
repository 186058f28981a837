import type { ReactNode } from "react";

export type CellKind = "null" | "number" | "boolean" | "string" | "nested" | "missing";

/** What a cell shows, in one line. */
export interface GridCell {
  kind: CellKind;
  text: string;
  /** Said in small behind the text. */
  note?: string;
}

export interface GridColumn {
  /** Not a plain name: it is a key of objects. */
  id: string;
  name: string;
  type?: string | undefined;
  /** Numbers are aligned at their end. */
  isNumeric?: boolean;
  /** What Enter on the header, or its button, does. */
  action?: { label: string; icon: ReactNode; act: () => void } | undefined;
}

export const missingCell: GridCell = { kind: "missing", text: "" };

/** Texts that without quotes would pass for something else, or not fit a line. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const ambiguous = /^(|null|true|false|-?\d+(\.\d+)?([eE][+-]?\d+)?|\s.*|.*\s|["[{].*|.*[\u0000-\u001f].*)$/s;

/** The text of a JSON string; of one that is cut off, as far as it goes. */
function unquote(json: string): string {
  const isCut = json.endsWith("…");
  // Cut off, the last escape may not be whole.
  const whole = isCut ? `${json.slice(0, -1).replace(/\\(u[0-9a-f]{0,3})?$/i, "")}"` : json;
  try {
    const text: unknown = JSON.parse(whole);
    return typeof text === "string" && !ambiguous.test(text) ? text + (isCut ? "…" : "") : json;
  } catch {
    return json;
  }
}

function kindOf(json: string): CellKind {
  switch (json[0]) {
    case '"':
      return "string";
    case "[":
    case "{":
      return "nested";
    case "n":
      return "null";
    case "t":
    case "f":
      return "boolean";
    default:
      return "number";
  }
}

/** A cell of a JSON value, which may be cut off and then ends with `…`. A string has quotes only where it could be mistaken. */
export function jsonCell(json: string): GridCell {
  const kind = kindOf(json);
  return { kind, text: kind === "string" ? unquote(json) : json };
}

/** Whether values of a type, as the engine names it, are numbers: they are aligned at their end. */
export const isNumericType = (type: string | undefined): boolean =>
  type !== undefined && /^(u?int|float|double|decimal|half)/.test(type);
