import type { AsyncBuffer } from "hyparquet";
import { Options } from "../options/options.ts";
import { checkParquet, RefusedFile } from "../upload/check-parquet.ts";
import { localFile } from "./local-file.ts";
import { type Footer, readFooter } from "./parquet/footer.ts";
import { type ColumnStatistics, columnStatistics } from "./parquet/statistics.ts";
import { sampleRows, sampleTable, type TableRange } from "./sample.ts";
import { type Summary, summarize } from "./summary.ts";

/** What the page asks about a file; `file` is the page's number for it. */
export type Question = { file: number; content: File } & (
  | { ask: "open" }
  | { ask: "sample"; options: Options; most: { rows: number; text: number } }
  | { ask: "table"; options: Options; range: TableRange }
  | { ask: "statistics" }
);

/** A question with its number, or that one's answer is no longer wanted, or that a file is no longer spoken of. */
export type Request =
  | { id: number; question: Question }
  | { id: number; ask: "cancel" }
  | { file: number; ask: "close" };

export type Answer = { id: number } & (
  | { summary: Summary }
  | { rows: string[] }
  | { table: string[][] }
  | { statistics: ColumnStatistics[] }
  /** The converter would refuse the file, too; or only this browser cannot show it. */
  | { refused: string }
  | { unreadable: string }
);

interface Opened {
  buffer: AsyncBuffer;
  footer: Footer;
}

/** Footers kept, of those looked at last. A wide one takes tens of megabytes, and files are chosen by the hundred. */
const kept = 4;

const footers = new Map<number, Promise<Opened>>();
const asked = new Map<number, AbortController>();

async function open(content: File): Promise<Opened> {
  const buffer = localFile(content);
  return { buffer, footer: await readFooter(buffer) };
}

function opened({ file, content }: Question): Promise<Opened> {
  const found = footers.get(file) ?? open(content);
  // Put last, as the one used last.
  footers.delete(file);
  footers.set(file, found);
  const [oldest] = footers.keys();
  if (footers.size > kept && oldest !== undefined) footers.delete(oldest);
  return found;
}

async function answer(question: Question, signal: AbortSignal) {
  if (question.ask === "open") {
    await checkParquet(question.content);
    return { summary: summarize((await opened(question)).footer) };
  }
  const { buffer, footer } = await opened(question);
  switch (question.ask) {
    case "sample":
      return { rows: await sampleRows(buffer, footer, question.options, question.most, signal) };
    case "table":
      return { table: await sampleTable(buffer, footer, question.options, question.range, signal) };
    case "statistics":
      // Here NaN must not look like null.
      return { statistics: columnStatistics(footer, Options.parse({ nonFinite: "string" })) };
  }
}

async function reply(id: number, question: Question): Promise<void> {
  const abort = new AbortController();
  asked.set(id, abort);
  try {
    self.postMessage({ id, ...(await answer(question, abort.signal)) } satisfies Answer);
  } catch (error) {
    // Nobody waits for the answer to what was cancelled.
    if (abort.signal.aborted) return;
    const message = error instanceof Error ? error.message : String(error);
    self.postMessage(
      (error instanceof RefusedFile
        ? { id, refused: message }
        : { id, unreadable: message }) satisfies Answer,
    );
  } finally {
    asked.delete(id);
  }
}

self.onmessage = ({ data }: MessageEvent<Request>) => {
  if ("question" in data) void reply(data.id, data.question);
  else if (data.ask === "cancel") asked.get(data.id)?.abort();
  else footers.delete(data.file);
};
