import { outputFilename } from "../job/filename.ts";
import type { Options } from "../job/options.ts";
import { outputsPrefix, reportsPrefix, uploadsPrefix } from "./prefixes.ts";

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
