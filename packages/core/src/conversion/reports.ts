import * as z from "zod";
import { ConversionErrorCode } from "../errors.ts";

const Count = z.int().min(0);

export const ConversionError = z
  .object({ code: ConversionErrorCode, message: z.string() })
  .meta({ id: "ConversionError" });
export type ConversionError = z.infer<typeof ConversionError>;

export const Progress = z
  .object({
    rows: Count.meta({ description: "Rows written so far." }),
    totalRows: Count.meta({ description: "Rows there will be." }),
    outputBytes: Count.meta({ description: "Bytes of output so far." }),
  })
  .meta({ id: "Progress" });
export type Progress = z.infer<typeof Progress>;

export const Column = z
  .object({
    name: z.string(),
    type: z.string().meta({ description: "Readable logical type.", example: "list<int32>" }),
  })
  .meta({ id: "Column" });
export type Column = z.infer<typeof Column>;

export const Result = z
  .object({
    rows: Count,
    bytes: Count.meta({ description: "Size of the output object." }),
    url: z.url().meta({ description: "Public address of the output." }),
    indexUrl: z.url().nullable().meta({
      description:
        "Address of the index from rows to bytes, good for at least ten minutes, from GET /job-status/{jobId}; otherwise null, and where there is no index.",
    }),
    filename: z.string(),
    contentType: z.string(),
    durationMs: Count,
    columns: z.array(Column),
    columnsOmitted: Count.meta({
      description: "How many further columns `columns` leaves out, for a file with very many.",
    }),
  })
  .meta({ id: "Result" });
export type Result = z.infer<typeof Result>;

/** A result as it is stored: addresses are made when it is shown. */
export type StoredResult = Omit<Result, "url" | "indexUrl"> & {
  /** Its run wrote an index. Absent: false, as before there were any. */
  indexed?: boolean;
};

/** `manifest.json`, the last object a run writes. */
export const Manifest = z.discriminatedUnion("status", [
  Result.omit({ url: true, indexUrl: true }).extend({
    status: z.literal("SUCCEEDED"),
    columnsOmitted: Result.shape.columnsOmitted.default(0),
    indexed: z.boolean().default(false),
  }),
  z.object({
    status: z.literal("FAILED"),
    error: ConversionError.extend({
      // A converter newer than this API may know more codes; its message still says what happened.
      code: ConversionErrorCode.catch("internal"),
    }),
  }),
]);
export type Manifest = z.infer<typeof Manifest>;
