import { outputFilename } from "../job/filename.ts";
import type { Options } from "../job/options.ts";
import { outputsPrefix, uploadsPrefix } from "./prefixes.ts";

interface Located {
  jobId: string;
  filename: string;
  attempt: number;
  options: Pick<Options, "format" | "compression">;
}

const extensions = { none: "", gzip: ".gz", zstd: ".zst" } as const satisfies Record<
  Options["compression"],
  string
>;

/** Where everything uploaded for a job lies. */
export const inputPrefix = (jobId: string) => `${uploadsPrefix}${jobId}/`;
export const inputKey = ({ jobId, filename }: Pick<Located, "jobId" | "filename">) =>
  inputPrefix(jobId) + filename;

/** Where everything written for a job lies, of all its attempts. */
export const outputPrefix = (jobId: string) => `${outputsPrefix}${jobId}/`;

/** Attempts never share a key, so two runs can never write the same object. */
const attemptPrefix = ({ jobId, attempt }: Pick<Located, "jobId" | "attempt">) =>
  `${outputPrefix(jobId)}${attempt}/`;

export const outputKey = (job: Located) =>
  attemptPrefix(job) +
  outputFilename(job.filename, `.${job.options.format}${extensions[job.options.compression]}`);

export const progressKey = (job: Pick<Located, "jobId" | "attempt">) => `${attemptPrefix(job)}progress.json`;
export const manifestKey = (job: Pick<Located, "jobId" | "attempt">) => `${attemptPrefix(job)}manifest.json`;
