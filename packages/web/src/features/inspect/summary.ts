import { describeType } from "./parquet/describe-type.ts";
import type { Footer } from "./parquet/footer.ts";
import { type Field, membersOf } from "./parquet/schema.ts";

/** A column or a part of one that can be chosen. */
export interface SchemaItem {
  name: string;
  /** What `columns` of a conversion calls it. */
  path: string;
  type: string;
  parts: SchemaItem[];
}

/** What a file says of itself. */
export interface Summary {
  rows: number;
  rowGroups: number;
  codecs: string[];
  /** In bytes, of all columns' pages as they are decompressed. */
  uncompressedBytes: number;
  createdBy?: string;
  columns: SchemaItem[];
}

export function summarize(footer: Footer): Summary {
  const { metadata, schema, rows } = footer;
  const chunks = metadata.row_groups.flatMap(({ columns }) =>
    columns.flatMap(({ meta_data: meta }) => meta ?? []),
  );
  return {
    rows,
    rowGroups: metadata.row_groups.length,
    codecs: [...new Set(chunks.map(({ codec }) => codec.toLowerCase()))],
    uncompressedBytes: chunks.reduce((sum, chunk) => sum + Number(chunk.total_uncompressed_size), 0),
    ...(metadata.created_by ? { createdBy: metadata.created_by } : {}),
    columns: schema.fields.map((field) => item(field, "")),
  };
}

function item({ name, node }: Field, prefix: string): SchemaItem {
  const path = prefix + name;
  const parts = (membersOf(node) ?? []).map((member) => item(member, `${path}.`));
  return { name, path, type: describeType(node), parts };
}
