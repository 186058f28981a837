import * as z from "zod";

const columnsMaxBytes = 16 * 1024;

/**
 * How to convert a file. Parsing fills in all defaults except `columns` and `limit`. The API, the runs' arguments and the
 * dashboard's form follow from this schema.
 */
export const Options = z
  .strictObject({
    format: z.enum(["ndjson", "json"]).default("ndjson").meta({
      description: "`ndjson`: one JSON object per line. `json`: one array.",
    }),
    compression: z.enum(["none", "gzip", "zstd"]).default("none"),
    columns: z
      .array(
        z
          .string()
          .min(1)
          .refine((name) => name.isWellFormed(), "is not well-formed Unicode"),
      )
      .min(1)
      .refine((names) => new Set(names).size === names.length, "names a column twice")
      .refine(
        (names) => new TextEncoder().encode(JSON.stringify(names)).length <= columnsMaxBytes,
        `takes more than ${columnsMaxBytes} bytes as JSON`,
      )
      .optional()
      .meta({ description: "Columns to write, in this order; nested columns as `a.b`. Default: all." }),
    limit: z.int().min(1).optional().meta({ description: "Maximum number of rows to write. Default: all." }),
    integers: z.enum(["number", "string"]).default("number").meta({
      description: "Integers beyond 2^53: exact numbers, or strings for readers that would round them.",
    }),
    decimals: z.enum(["number", "string"]).default("number"),
    binary: z.enum(["base64", "hex", "utf8"]).default("base64"),
    text: z.enum(["strict", "replace", "binary"]).default("strict").meta({
      description:
        "Invalid UTF-8: `strict` fails, `replace` writes U+FFFD, `binary` writes all text as the option `binary` says.",
    }),
    nonFinite: z.enum(["null", "string"]).default("null").meta({
      description: "NaN and infinities: null or strings.",
    }),
    nulls: z
      .enum(["keep", "omit"])
      .default("keep")
      .meta({
        description:
          "Null fields of objects, at every depth: kept as null or omitted. Nulls in lists, maps and " +
          "VARIANT values are always kept.",
      }),
    timestamps: z
      .enum(["iso", "epoch-ms", "epoch-us", "epoch-ns"])
      .default("iso")
      .meta({
        description:
          "Timestamps: ISO 8601 text, or the exact number of milliseconds, microseconds or nanoseconds since " +
          "1970-01-01T00:00:00Z.",
      }),
  })
  .meta({ id: "Options" });
export type Options = z.infer<typeof Options>;

const defaults = Options.parse({});

/** Adds defaults for options that did not exist when these were stored. */
export function withDefaults(stored: Options): Options {
  return { ...defaults, ...stored };
}
