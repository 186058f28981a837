import * as z from "zod";
import { ConversionErrorCode } from "../errors.ts";
import { ConversionError, Result } from "./schema.ts";

/** `manifest.json`, the last thing a run writes: what became of the conversion. */
export const Manifest = z.discriminatedUnion("status", [
  Result.omit({ url: true, columnsOmitted: true }).extend({ status: z.literal("SUCCEEDED") }),
  z.object({
    status: z.literal("FAILED"),
    error: ConversionError.extend({
      // A converter newer than this API may know more codes; its message still says what happened.
      code: ConversionErrorCode.catch("internal"),
    }),
  }),
]);
export type Manifest = z.infer<typeof Manifest>;
