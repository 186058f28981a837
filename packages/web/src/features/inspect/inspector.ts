import type { Options } from "@unparquet/core/job/options";
import { RefusedFile } from "../upload/check-parquet.ts";
import type { Table } from "./sample.ts";
import type { Summary } from "./summary.ts";
import type { Answer, Request } from "./worker.ts";

/** Reads files in a worker, so that the page answers while a large footer or page is decoded. */
class Inspector {
  readonly #worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
  readonly #waiting = new Map<number, PromiseWithResolvers<Answer>>();
  #nextId = 1;

  constructor() {
    this.#worker.onmessage = ({ data }: MessageEvent<Answer>) => {
      this.#waiting.get(data.id)?.resolve(data);
      this.#waiting.delete(data.id);
    };
    this.#worker.onerror = () => {
      for (const { reject } of this.#waiting.values()) reject(new Error("The file cannot be shown here."));
      this.#waiting.clear();
    };
  }

  /** What the file says of itself. Throws RefusedFile for one that the converter would not take. */
  async open(file: number, content: File): Promise<Summary> {
    const answer = await this.#ask({ id: 0, ask: "open", file, content });
    if ("summary" in answer) return answer.summary;
    throw toError(answer);
  }

  /** The first rows as JSON, a text each. Throws where this browser cannot decode them. */
  async sample(file: number, options: Options, rows: number): Promise<string[]> {
    const answer = await this.#ask({ id: 0, ask: "sample", file, options, rows });
    if ("rows" in answer) return answer.rows;
    throw toError(answer);
  }

  /** The first rows of the first columns, cell by cell. Throws where this browser cannot decode them. */
  async table(
    file: number,
    options: Options,
    most: { rows: number; columns: number; text: number },
  ): Promise<Table> {
    const answer = await this.#ask({ id: 0, ask: "table", file, options, ...most });
    if ("table" in answer) return answer.table;
    throw toError(answer);
  }

  close(file: number): void {
    void this.#ask({ id: 0, ask: "close", file }).catch(() => undefined);
  }

  #ask(request: Request): Promise<Answer> {
    const id = this.#nextId++;
    const waiting = Promise.withResolvers<Answer>();
    this.#waiting.set(id, waiting);
    this.#worker.postMessage({ ...request, id });
    return waiting.promise;
  }
}

function toError(answer: Answer): Error {
  if ("refused" in answer) return new RefusedFile(answer.refused);
  return new Error("unreadable" in answer ? answer.unreadable : "The file cannot be shown here.");
}

export const inspector = new Inspector();
