/** How a result is looked at; the part of it that an address shares. */
export interface ResultView {
  /** Absent: the table. */
  view?: "tree";
  /** The row to show, from 1. */
  row?: number;
}

/** What the URL says, whatever was typed there. */
export function parseResultView({ view, row }: Record<string, unknown>): ResultView {
  const number = Number(row);
  return {
    ...(view === "tree" && { view }),
    ...(Number.isSafeInteger(number) && number > 1 && { row: number }),
  };
}
