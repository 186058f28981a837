/** A cell of the table; row 0 is the header. */
export interface Position {
  row: number;
  column: number;
}

interface Size {
  rows: number;
  columns: number;
  /** Rows that are in view at once. */
  page: number;
}

/**
 * Where a key leads from a cell, as https://www.w3.org/WAI/ARIA/apg/patterns/grid/ has it; undefined for keys that lead nowhere.
 */
export function move(
  { row, column }: Position,
  { key, ctrlKey }: Pick<KeyboardEvent, "key" | "ctrlKey">,
  { rows, columns, page }: Size,
): Position | undefined {
  const within = (position: Position): Position => ({
    row: Math.max(0, Math.min(rows - 1, position.row)),
    column: Math.max(0, Math.min(columns - 1, position.column)),
  });
  switch (key) {
    case "ArrowUp":
      return within({ row: row - 1, column });
    case "ArrowDown":
      return within({ row: row + 1, column });
    case "ArrowLeft":
      return within({ row, column: column - 1 });
    case "ArrowRight":
      return within({ row, column: column + 1 });
    case "PageUp":
      return within({ row: row - page, column });
    case "PageDown":
      return within({ row: row + page, column });
    case "Home":
      return within({ row: ctrlKey ? 0 : row, column: 0 });
    case "End":
      return within({ row: ctrlKey ? rows - 1 : row, column: columns - 1 });
    default:
      return undefined;
  }
}
