import { forEachOf } from "@unparquet/core/concurrency";
import type { Options } from "@unparquet/core/job/options";
import type { AsyncBuffer } from "hyparquet";
import { nodeWriter, objectWriter } from "./json/node.ts";
import type { ValueOptions } from "./json/scalar.ts";
import { readColumn } from "./parquet/column-reader.ts";
import { Cursor } from "./parquet/cursor.ts";
import type { Footer } from "./parquet/footer.ts";
import { columnsOf, type Field } from "./parquet/schema.ts";
import { select } from "./parquet/selection.ts";
import { Unreadable } from "./parquet/unreadable.ts";

/** Columns read at a time: a read takes the browser longer than most columns take to be decoded. */
const parallel = 16;

/**
 * Each of the first rows as its JSON object, by the rules of the converter. No more rows than `most` says, nor than the option
 * `limit`, nor than come to as many characters; the first is there in any case.
 */
export async function sampleRows(
  file: AsyncBuffer,
  footer: Footer,
  options: Options,
  most: { rows: number; text: number },
  signal?: AbortSignal,
): Promise<string[]> {
  if (options.nulls !== "keep" || options.timestamps !== "iso") {
    throw new Unreadable("It cannot show nulls left out or timestamps as numbers yet.");
  }
  const { schema } = footer;
  const fields = options.columns ? select(schema.fields, options.columns) : schema.fields;
  const count = Math.min(most.rows, options.limit ?? most.rows, footer.rows);
  const cursors = await readCursors(file, footer, fields, count, signal);
  const write = objectWriter(fields, cursors, valueOptions(options));
  const rows: string[] = [];
  for (let text = 0; rows.length < count && text < most.text; ) {
    const row = write();
    text += row.length;
    rows.push(row);
  }
  return rows;
}

/** Some columns of the first rows: which, and of each row and column of them how much of the text of a cell. */
export interface TableRange {
  from: number;
  columns: number;
  rows: number;
  text: number;
}

/** The cells of a part of the table of the first rows, row by row as JSON. */
export async function sampleTable(
  file: AsyncBuffer,
  footer: Footer,
  options: Options,
  range: TableRange,
  signal?: AbortSignal,
): Promise<string[][]> {
  const fields = footer.schema.fields.slice(range.from, range.from + range.columns);
  const rows = Math.min(range.rows, footer.rows);
  const cursors = await readCursors(file, footer, fields, rows, signal);
  const writers = fields.map(({ node }) => nodeWriter(node, cursors, valueOptions(options)));
  const cell = (json: string) => (json.length > range.text ? `${json.slice(0, range.text)}…` : json);
  return Array.from({ length: rows }, () => writers.map((write) => cell(write())));
}

async function readCursors(
  file: AsyncBuffer,
  footer: Footer,
  fields: Field[],
  rows: number,
  signal?: AbortSignal,
): Promise<Cursor[]> {
  const { metadata, schema } = footer;
  const cursors: Cursor[] = [];
  const columns = fields.flatMap(({ node }) => columnsOf(node));
  await forEachOf(columns, parallel, async (column) => {
    signal?.throwIfAborted();
    const leaf = schema.leaves[column];
    if (!leaf) return;
    try {
      const entries = await readColumn(file, metadata, leaf, column, rows);
      cursors[column] = new Cursor(entries, leaf.definition);
    } catch (error) {
      throw placed(
        error,
        leaf.path.slice(1).map(({ element }) => element.name),
      );
    }
  });
  return cursors;
}

const valueOptions = ({ integers, decimals, binary, nonFinite }: Options): ValueOptions => ({
  integers,
  decimals,
  binary,
  nonFinite,
});

/** Says which column it is that cannot be shown. What hyparquet says itself is for its developers. */
function placed(error: unknown, path: string[]): Unreadable {
  const reason = error instanceof Unreadable ? error.message : "This browser cannot decode it.";
  return new Unreadable(`Column ${path.join(".")}: ${reason}`, { cause: error });
}
