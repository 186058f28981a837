import * as z from "zod";
import type { Options } from "../conversion/options.ts";
import { outputsPrefix, reportsPrefix, uploadsPrefix } from "../deployment.ts";

const maxBytes = 255;
const utf8Length = (text: string) => new TextEncoder().encode(text).length;

/** Marks, embeddings, overrides and isolates: https://www.unicode.org/reports/tr9/#Directional_Formatting_Characters */
const direction = /[\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/;
/**
 * What shows as nothing, so that two names look the same: line breaks, soft hyphen, zero-width space, joiners of words,
 * invisible operators, deprecated controls, the byte order mark, annotations. Not U+200C and U+200D, without which Persian,
 * Hindi and emoji cannot be written.
 */
const invisible = /[\u00AD\u200B\u2028\u2029\u2060-\u2064\u206A-\u206F\uFEFF\uFFF9-\uFFFB]/;

/** A check that names the character it finds, as most cannot be seen. */
const without = (pattern: RegExp, why: string) =>
  [
    (name: string) => !pattern.test(name),
    {
      error: ({ input }: { input?: unknown }) => {
        const code = pattern.exec(String(input))?.[0].codePointAt(0) ?? 0;
        return `contains U+${code.toString(16).toUpperCase().padStart(4, "0")}, ${why}`;
      },
    },
  ] as const;

/** A plain file name: no path, well-formed Unicode, nothing that hides or reorders text, and within what file systems allow. */
export const Filename = z
  .string()
  .min(1)
  .refine((name) => name.isWellFormed(), "is not well-formed Unicode")
  .refine((name) => utf8Length(name) <= maxBytes, `is longer than ${maxBytes} bytes in UTF-8`)
  .refine((name) => !/[/\\]/.test(name), "contains a slash or backslash")
  .refine((name) => !/\p{Cc}/u.test(name), "contains a control character")
  .refine(...without(direction, "which changes the direction of text"))
  .refine(...without(invisible, "which is invisible"))
  .refine((name) => name !== "." && name !== "..", "is not a file's name")
  .meta({ example: "trips.parquet" });

/** The name without its Parquet extension, whatever the case of it; a name with no more than that keeps it. */
export const stem = (filename: string): string => filename.replace(/(?<=.)\.(parquet|parq|pq)$/i, "");

/** The longest beginning of a text that has at most so many bytes in UTF-8, cut between characters. */
function truncate(text: string, bytes: number): string {
  // Well-formed text, so the last character is cut off whole wherever the bytes end.
  const { read } = new TextEncoder().encodeInto(text, new Uint8Array(bytes));
  return text.slice(0, read);
}

/** An output's name: the stem and its new ending, the stem shortened where both would be too long for file systems. */
export const outputFilename = (filename: string, ending: string): string =>
  truncate(stem(filename), maxBytes - utf8Length(ending)) + ending;

interface Located {
  jobId: string;
  filename: string;
  attempt: number;
  options: Pick<Options, "format" | "compression">;
}
type AttemptOf = Pick<Located, "jobId" | "attempt">;

const extensions = { none: "", gzip: ".gz", zstd: ".zst" } as const satisfies Record<
  Options["compression"],
  string
>;

/** Prefix of everything uploaded for a job. */
export const inputPrefix = (jobId: string) => `${uploadsPrefix}${jobId}/`;
export const inputKey = ({ jobId, filename }: Pick<Located, "jobId" | "filename">) =>
  inputPrefix(jobId) + filename;

/** Prefix of the outputs of all attempts of a job. */
export const outputPrefix = (jobId: string) => `${outputsPrefix}${jobId}/`;

/** Attempts never share a key, so a later attempt leaves the earlier result alone. */
export const outputKey = ({ jobId, attempt, filename, options: { format, compression } }: Located) =>
  `${outputPrefix(jobId)}${attempt}/${outputFilename(filename, `.${format}${extensions[compression]}`)}`;

/** Prefix of the reports of all attempts of a job. */
export const reportPrefix = (jobId: string) => `${reportsPrefix}${jobId}/`;

/** Where a run reports to: never a key that a file name could produce. No trailing slash. */
export const reportsFolder = ({ jobId, attempt }: AttemptOf) => `${reportPrefix(jobId)}${attempt}`;
export const progressKey = (attempt: AttemptOf) => `${reportsFolder(attempt)}/progress.json`;
export const indexKey = (attempt: AttemptOf) => `${reportsFolder(attempt)}/index.json`;
export const manifestKey = (attempt: AttemptOf) => `${reportsFolder(attempt)}/manifest.json`;
