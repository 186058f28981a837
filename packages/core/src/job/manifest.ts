import * as z from "zod";
import { ConversionErrorCode } from "../errors.ts";
import { ConversionError, Result } from "./schema.ts";

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
