import type { Options } from "@unparquet/core/job/options";
import type { AsyncBuffer } from "hyparquet";
import { checkParquet, RefusedFile } from "../upload/check-parquet.ts";
import { localFile } from "./local-file.ts";
import { type Footer, readFooter } from "./parquet/footer.ts";
import { Unreadable } from "./parquet/unreadable.ts";
import { sampleRows, sampleTable, type Table } from "./sample.ts";
import { type Summary, summarize } from "./summary.ts";

/** What the page asks; `file` is a number of its own making, by which it speaks of the file from then on. */
export type Request =
  | { id: number; ask: "open"; file: number; content: File }
  | { id: number; ask: "sample"; file: number; options: Options; rows: number }
  | { id: number; ask: "table"; file: number; options: Options; rows: number; columns: number; text: number }
  | { id: number; ask: "close"; file: number };

export type Answer = { id: number } & (
  | { summary: Summary }
  | { rows: string[] }
  | { table: Table }
  /** The converter would refuse the file, too; or only this browser cannot show it. */
  | { refused: string }
  | { unreadable: string }
);

const files = new Map<number, { buffer: AsyncBuffer; footer: Footer }>();

function opened(file: number) {
  const found = files.get(file);
  if (!found) throw new Unreadable("The file is not open.");
  return found;
}

async function answer(request: Request): Promise<Answer> {
  const { id } = request;
  switch (request.ask) {
    case "open": {
      await checkParquet(request.content);
      const buffer = localFile(request.content);
      const footer = await readFooter(buffer);
      files.set(request.file, { buffer, footer });
      return { id, summary: summarize(footer) };
    }
    case "sample": {
      const { buffer, footer } = opened(request.file);
      return { id, rows: await sampleRows(buffer, footer, request.options, request.rows) };
    }
    case "table": {
      const { buffer, footer } = opened(request.file);
      return { id, table: await sampleTable(buffer, footer, request.options, request) };
    }
    case "close":
      files.delete(request.file);
      return { id, rows: [] };
  }
}

self.onmessage = async ({ data }: MessageEvent<Request>) => {
  try {
    self.postMessage(await answer(data));
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    self.postMessage({ id: data.id, [error instanceof RefusedFile ? "refused" : "unreadable"]: message });
  }
};
