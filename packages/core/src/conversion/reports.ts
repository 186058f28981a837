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
    totalRows: Count.meta({ description: "Rows in total." }),
    outputBytes: Count.meta({ description: "Bytes written so far." }),
  })
  .meta({ id: "Progress" });
export type Progress = z.infer<typeof Progress>;

export const Column = z
  .object({
    name: z.string(),
    type: z.string().meta({ description: "Logical type, in readable form.", example: "list<int32>" }),
  })
  .meta({ id: "Column" });
export type Column = z.infer<typeof Column>;

/** What a successful conversion wrote. */
export const ConversionResult = z.object({
  rows: Count,
  bytes: Count.meta({ description: "Size of the output object." }),
  filename: z.string(),
  contentType: z.string(),
  durationMs: Count,
  columns: z.array(Column),
  columnsOmitted: Count.meta({ description: "Number of columns not listed in `columns`." }),
});
export type ConversionResult = z.infer<typeof ConversionResult>;

/** `run.json`, by which a run claims its attempt. */
export const Claim = z.object({ startedAt: z.iso.datetime() });
export type Claim = z.infer<typeof Claim>;

/** The time in `progress.json`, which a run updates about every second. */
export const Heartbeat = z.object({ updatedAt: z.iso.datetime() });
export type Heartbeat = z.infer<typeof Heartbeat>;

/** `manifest.json`, the last object that a run writes. */
export const Manifest = z.discriminatedUnion("status", [
  ConversionResult.extend({
    status: z.literal("SUCCEEDED"),
    columnsOmitted: ConversionResult.shape.columnsOmitted.default(0),
    indexed: z.boolean().default(false),
  }),
  z.object({
    status: z.literal("FAILED"),
    error: ConversionError.extend({
      // A newer converter may use codes that this API does not know.
      code: ConversionErrorCode.catch("internal"),
    }),
  }),
]);
export type Manifest = z.infer<typeof Manifest>;
