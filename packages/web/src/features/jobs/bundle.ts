import type { JobSummary, Result } from "@unparquet/core/job/schema";
import { makeZip } from "client-zip";
import { openDecoder } from "../../components/decode.ts";
import { isolate } from "../../components/format.ts";

export type FinishedJob = JobSummary & { result: Result };

/** `zip`: a file for each result. `merged`: the rows of all, which have to be NDJSON. */
export type BundleKind = "zip" | "merged";

const newline = 10;

/** Names that differ, also where upper and lower case are one: "a.json", "a (2).json". */
export function distinctNames(names: readonly string[]): string[] {
  const taken = new Set<string>();
  return names.map((name) => {
    let distinct = name;
    for (let count = 2; taken.has(distinct.toLowerCase()); count += 1) {
      distinct = name.replace(/(\.(ndjson|json)(\.gz|\.zst)?)?$/, (extension) => ` (${count})${extension}`);
    }
    taken.add(distinct.toLowerCase());
    return distinct;
  });
}

/** The compression that all results share. A merged file has it too: members of gzip and frames of zstd can be joined. */
export function sharedCompression(jobs: readonly FinishedJob[]): JobSummary["options"]["compression"] {
  const [first, ...others] = jobs.map(({ options }) => options.compression);
  return first !== undefined && others.every((other) => other === first) ? first : "none";
}

/** Reads one result. Throws if a byte is missing. */
async function* readBytes({ result }: FinishedJob, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const response = await fetch(result.url, { signal });
  const reader = response.body?.getReader();
  if (!response.ok || !reader) {
    throw new Error(
      response.status === 403 || response.status === 404
        ? "The output is no longer there. Convert the file again."
        : `The storage answered with HTTP status ${response.status}.`,
    );
  }
  let bytes = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      bytes += value.length;
      yield value;
    }
  } finally {
    void reader.cancel().catch(() => undefined);
  }
  if (bytes !== result.bytes) throw new Error(`The storage sent ${bytes} of ${result.bytes} bytes.`);
}

/** Decompresses NDJSON. Throws if a row or the last line's end is missing, as the next file's rows follow. */
async function* readRows(
  { result, options }: FinishedJob,
  bytes: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const decode = await openDecoder(options.compression);
  let rows = 0;
  let last = newline;
  for await (const encoded of bytes) {
    for (const text of decode(encoded)) {
      for (let at = text.indexOf(newline); at !== -1; at = text.indexOf(newline, at + 1)) rows += 1;
      last = text.at(-1) ?? last;
      yield text;
    }
  }
  if (rows !== result.rows || last !== newline) {
    throw new Error(`The output has ${rows} complete rows instead of ${result.rows}.`);
  }
}

/** One file made of many results, in their order. A result that cannot be read ends it with an error that names the result. */
export function bundle(
  jobs: readonly FinishedJob[],
  kind: BundleKind,
  signal: AbortSignal,
  onFile: (done: number) => void,
): ReadableStream<Uint8Array> {
  const isDecoded = kind === "merged" && sharedCompression(jobs) === "none";

  async function* read(job: FinishedJob, index: number): AsyncGenerator<Uint8Array> {
    try {
      const bytes = readBytes(job, signal);
      yield* isDecoded ? readRows(job, bytes) : bytes;
    } catch (cause) {
      if (signal.aborted) throw cause;
      const reason = cause instanceof TypeError ? "The storage does not answer." : (cause as Error).message;
      throw new Error(`${isolate(job.result.filename)}: ${reason}`, { cause });
    }
    onFile(index + 1);
  }

  if (kind === "merged") {
    const chunks = (async function* () {
      for (const [index, job] of jobs.entries()) yield* read(job, index);
    })();
    // Chrome has no ReadableStream.from().
    return new ReadableStream({
      pull: async (controller) => {
        const { done, value } = await chunks.next();
        if (done) controller.close();
        else controller.enqueue(value);
      },
    });
  }
  const names = distinctNames(jobs.map(({ result }) => result.filename));
  return makeZip(
    jobs.map((job, index) => ({
      name: names[index],
      size: job.result.bytes,
      lastModified: job.endedAt ?? job.updatedAt,
      input: read(job, index),
    })),
  );
}
