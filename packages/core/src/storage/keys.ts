import * as z from "zod";
import type { Options } from "../conversion/options.ts";
import { outputsPrefix, reportsPrefix, uploadsPrefix } from "../deployment.ts";

const filenameMaxBytes = 255;

/** Marks, embeddings, overrides and isolates: https://www.unicode.org/reports/tr9/#Directional_Formatting_Characters */
const direction = /[\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/;
/**
 * Characters that let two names look alike: line breaks, soft hyphen, zero-width space, word joiners, invisible operators,
 * deprecated controls, byte order mark, annotations. U+200C and U+200D stay allowed: Persian, Hindi and emoji need them.
 */
const invisible = /[\u00AD\u200B\u2028\u2029\u2060-\u2064\u206A-\u206F\uFEFF\uFFF9-\uFFFB]/;

/** A check whose message names the character found, since most are invisible. */
function without(pattern: RegExp, why: string) {
  return [
    (name: string) => !pattern.test(name),
    {
      error: ({ input }: { input?: unknown }) => {
        const code = pattern.exec(String(input))?.[0].codePointAt(0) ?? 0;
        return `contains U+${code.toString(16).toUpperCase().padStart(4, "0")}, ${why}`;
      },
    },
  ] as const;
}

/** A file name without a path, within the limits of file systems, and without characters that hide or reorder text. */
export const Filename = z
  .string()
  .min(1)
  .refine((name) => name.isWellFormed(), "is not well-formed Unicode")
  .refine(
    (name) => Buffer.byteLength(name) <= filenameMaxBytes,
    `is longer than ${filenameMaxBytes} bytes in UTF-8`,
  )
  .refine((name) => !/[/\\]/.test(name), "contains a slash or backslash")
  .refine((name) => !/\p{Cc}/u.test(name), "contains a control character")
  .refine(...without(direction, "which changes the direction of text"))
  .refine(...without(invisible, "which is invisible"))
  .refine((name) => name !== "." && name !== "..", "is not a file name")
  .meta({ example: "trips.parquet" });

/** The file name without its Parquet extension, in any case. */
export function stem(filename: string): string {
  return filename.replace(/(?<=.)\.(parquet|parq|pq)$/i, "");
}

/** The longest prefix of a text with at most this many bytes in UTF-8. Never splits a character. */
export function truncateUtf8(text: string, bytes: number): string {
  const { read } = new TextEncoder().encodeInto(text, new Uint8Array(bytes));
  return text.slice(0, read);
}

/** The stem, shortened if necessary, and the new extension, in ASCII. */
export function outputFilename(filename: string, extension: string): string {
  return truncateUtf8(stem(filename), filenameMaxBytes - extension.length) + extension;
}

/** The input of a job. */
export interface Input {
  jobId: string;
  filename: string;
}

/** One attempt at a job's conversion. */
export interface AttemptId {
  jobId: string;
  attempt: number;
}

export type Output = Input & AttemptId & { options: Pick<Options, "format" | "compression"> };

const extensions = { none: "", gzip: ".gz", zstd: ".zst" } as const satisfies Record<
  Options["compression"],
  string
>;

export function inputPrefix(jobId: string): string {
  return `${uploadsPrefix}${jobId}/`;
}

export function inputKey({ jobId, filename }: Input): string {
  return inputPrefix(jobId) + filename;
}

/** Prefix of the outputs of all attempts. */
export function outputPrefix(jobId: string): string {
  return `${outputsPrefix}${jobId}/`;
}

/** Prefix of the outputs of one attempt. */
export function attemptPrefix({ jobId, attempt }: AttemptId): string {
  return `${outputPrefix(jobId)}${attempt}/`;
}

/** The output's file name. */
export function outputName({
  filename,
  options: { format, compression },
}: Pick<Output, "filename" | "options">) {
  return outputFilename(filename, `.${format}${extensions[compression]}`);
}

/** Contains the attempt, so that a later attempt never overwrites an earlier result. */
export function outputKey({ filename, options, ...attempt }: Output): string {
  return attemptPrefix(attempt) + outputName({ filename, options });
}

/** Prefix of the reports of all attempts. */
export function reportPrefix(jobId: string): string {
  return `${reportsPrefix}${jobId}/`;
}

/** Folder of an attempt's reports, without a trailing slash. No file name can produce a key in it. */
export function reportsFolder({ jobId, attempt }: AttemptId): string {
  return `${reportPrefix(jobId)}${attempt}`;
}

/** The object by which a run claims its attempt. */
export function runKey(attempt: AttemptId): string {
  return `${reportsFolder(attempt)}/run.json`;
}

/** The object that asks a run in the lane `lambda` to stop. */
export function stopKey(attempt: AttemptId): string {
  return `${reportsFolder(attempt)}/stop.json`;
}

export function progressKey(attempt: AttemptId): string {
  return `${reportsFolder(attempt)}/progress.json`;
}

export function indexKey(attempt: AttemptId): string {
  return `${reportsFolder(attempt)}/index.json`;
}

export function manifestKey(attempt: AttemptId): string {
  return `${reportsFolder(attempt)}/manifest.json`;
}

/** The attempt whose manifest has this key, or null for another key. */
export function attemptOfManifest(key: string): AttemptId | null {
  const [jobId = "", attempt, ...rest] = key.slice(reportsPrefix.length).split("/");
  const found = { jobId, attempt: Number(attempt) };
  return rest.length === 1 && key === manifestKey(found) ? found : null;
}
