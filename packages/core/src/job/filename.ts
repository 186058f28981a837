import * as z from "zod";

const maxBytes = 255;
const utf8Length = (text: string) => new TextEncoder().encode(text).length;

/** A plain file name: no path, no control characters, well-formed Unicode, and within what file systems allow. */
export const Filename = z
  .string()
  .min(1)
  .refine((name) => name.isWellFormed(), "is not well-formed Unicode")
  .refine((name) => utf8Length(name) <= maxBytes, `is longer than ${maxBytes} bytes in UTF-8`)
  .refine((name) => !/[/\\]/.test(name), "contains a slash or backslash")
  .refine((name) => !/\p{Cc}/u.test(name), "contains a control character")
  .refine((name) => name !== "." && name !== "..", "is not a file's name")
  .meta({ example: "trips.parquet" });

/** The name without its Parquet extension, whatever the case of it; a name with no more than that keeps it. */
export const stem = (filename: string): string => filename.replace(/(?<=.)\.(parquet|parq|pq)$/i, "");
