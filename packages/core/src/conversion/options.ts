import * as z from "zod";

const columnsMaxBytes = 16 * 1024;
const utf8Length = (text: string) => new TextEncoder().encode(text).length;

/**
 * How a file is converted, by the names and choices of the converter. Parsing fills in the defaults, so a parsed value says
 * everything but `columns` and `limit`. API, Glue arguments and the dashboard's form follow from this schema.
 */
export const Options = z
  .strictObject({
    format: z.enum(["ndjson", "json"]).default("ndjson").meta({
      description: "`ndjson`: one JSON object a line. `json`: one array.",
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
        (names) => utf8Length(JSON.stringify(names)) <= columnsMaxBytes,
        `takes more than ${columnsMaxBytes} bytes as JSON`,
      )
      .optional()
      .meta({ description: "Columns to write, in this order; nested ones as `a.b`. Default: all." }),
    limit: z.int().min(1).optional().meta({ description: "Rows to write at most. Default: all." }),
    integers: z.enum(["number", "string"]).default("number").meta({
      description: "Integers beyond 2^53: as exact numbers, or as strings for readers that would round them.",
    }),
    decimals: z.enum(["number", "string"]).default("number"),
    binary: z.enum(["base64", "hex", "utf8"]).default("base64"),
    text: z.enum(["strict", "replace", "binary"]).default("strict").meta({
      description:
        "Text that is not UTF-8: an error; or with U+FFFD for what is invalid; or all text as `binary` says.",
    }),
    nonFinite: z.enum(["null", "string"]).default("null").meta({
      description: "NaN and infinities: as null or as strings.",
    }),
    nulls: z
      .enum(["keep", "omit"])
      .default("keep")
      .meta({
        description:
          "Null fields of objects, at every depth: kept as null, or left out with their names. Nulls in lists, maps and " +
          "VARIANT values are always kept.",
      }),
    timestamps: z
      .enum(["iso", "epoch-ms", "epoch-us", "epoch-ns"])
      .default("iso")
      .meta({
        description:
          "Timestamps: as ISO 8601 text, or as the exact number of milliseconds, microseconds or nanoseconds since " +
          "1970-01-01T00:00:00Z.",
      }),
  })
  .meta({ id: "Options" });
export type Options = z.infer<typeof Options>;

const defaults = Options.parse({});

/** Options as they were stored, with the defaults of those that did not exist then. */
export const withDefaults = (stored: Options): Options => ({ ...defaults, ...stored });
