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

/** Each of the first rows as its JSON object, by the rules of the converter. `limit` counts as well as `most`. */
export async function sampleRows(
  file: AsyncBuffer,
  footer: Footer,
  options: Options,
  most: number,
): Promise<string[]> {
  const { schema } = footer;
  const fields = options.columns ? select(schema.fields, options.columns) : schema.fields;
  const rows = Math.min(most, options.limit ?? most, footer.rows);
  const cursors = await readCursors(file, footer, fields, rows);
  const write = objectWriter(fields, cursors, valueOptions(options));
  return Array.from({ length: rows }, write);
}

/** The first rows of the first columns, cell by cell as JSON. */
export interface Table {
  names: string[];
  rows: string[][];
}

/** No more columns than `columns`, and no more of a cell's text than a table can show. */
export async function sampleTable(
  file: AsyncBuffer,
  footer: Footer,
  options: Options,
  most: { rows: number; columns: number; text: number },
): Promise<Table> {
  const fields = footer.schema.fields.slice(0, most.columns);
  const rows = Math.min(most.rows, footer.rows);
  const cursors = await readCursors(file, footer, fields, rows);
  const writers = fields.map(({ node }) => nodeWriter(node, cursors, valueOptions(options)));
  const cell = (json: string) => (json.length > most.text ? `${json.slice(0, most.text)}…` : json);
  return {
    names: fields.map(({ name }) => name),
    rows: Array.from({ length: rows }, () => writers.map((write) => cell(write()))),
  };
}

async function readCursors(
  file: AsyncBuffer,
  footer: Footer,
  fields: Field[],
  rows: number,
): Promise<Cursor[]> {
  const { metadata, schema } = footer;
  const cursors: Cursor[] = [];
  await Promise.all(
    fields.flatMap(({ node }) =>
      columnsOf(node).map(async (column) => {
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
      }),
    ),
  );
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
