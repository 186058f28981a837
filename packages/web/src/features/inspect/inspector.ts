import type { Options } from "@unparquet/core/job/options";
import { MissingPartError } from "../../components/fetch-part.ts";
import { RefusedFile } from "../upload/check-parquet.ts";
import type { ColumnStatistics } from "./parquet/statistics.ts";
import type { TableRange } from "./sample.ts";
import type { Summary } from "./summary.ts";
import type { Answer, Question, Request } from "./worker.ts";

type Ask<Asked> = Asked extends Question ? Omit<Asked, "content"> : never;

/** Reads files in a worker, so that the page answers while a large footer or page is decoded. */
class Inspector {
  #worker: Worker | undefined;
  readonly #files = new Map<number, File>();
  readonly #waiting = new Map<number, PromiseWithResolvers<Answer>>();
  #nextId = 1;

  /** What the file says of itself. Throws RefusedFile for one that the converter would not take. */
  async open(file: number, content: File): Promise<Summary> {
    this.#files.set(file, content);
    const answer = await this.#ask({ ask: "open", file });
    if ("summary" in answer) return answer.summary;
    throw toError(answer);
  }

  /** The first rows as JSON, a text each. Throws where this browser cannot decode them. */
  async sample(
    file: number,
    options: Options,
    most: { rows: number; text: number },
    signal: AbortSignal,
  ): Promise<string[]> {
    const answer = await this.#ask({ ask: "sample", file, options, most }, signal);
    if ("rows" in answer) return answer.rows;
    throw toError(answer);
  }

  /** The first rows of some columns, cell by cell as JSON. Throws where this browser cannot decode them. */
  async table(file: number, options: Options, range: TableRange, signal: AbortSignal): Promise<string[][]> {
    const answer = await this.#ask({ ask: "table", file, options, range }, signal);
    if ("table" in answer) return answer.table;
    throw toError(answer);
  }

  /** What the footer says of each column's values. */
  async statistics(file: number, signal: AbortSignal): Promise<ColumnStatistics[]> {
    const answer = await this.#ask({ ask: "statistics", file }, signal);
    if ("statistics" in answer) return answer.statistics;
    throw toError(answer);
  }

  close(file: number): void {
    this.#files.delete(file);
    this.#post({ ask: "close", file });
  }

  #ask(asked: Ask<Question>, signal?: AbortSignal): Promise<Answer> {
    const content = this.#files.get(asked.file);
    if (!content) throw new Error("The file is not open.");
    const question = { ...asked, content };
    const id = this.#nextId++;
    const waiting = Promise.withResolvers<Answer>();
    this.#waiting.set(id, waiting);
    signal?.addEventListener("abort", () => {
      if (!this.#waiting.delete(id)) return;
      this.#post({ ask: "cancel", id });
      waiting.reject(signal.reason);
    });
    this.#post({ id, question });
    return waiting.promise;
  }

  #post(request: Request): void {
    this.#worker ??= this.#start();
    this.#worker.postMessage(request);
  }

  #start(): Worker {
    const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
    worker.onmessage = ({ data }: MessageEvent<Answer>) => {
      this.#waiting.get(data.id)?.resolve(data);
      this.#waiting.delete(data.id);
    };
    worker.onerror = (event) => {
      // An error in the script has a message; a script that could not be fetched has none.
      const error = event.message ? new Error("The file cannot be shown here.") : new MissingPartError(event);
      for (const { reject } of this.#waiting.values()) reject(error);
      this.#waiting.clear();
      // It answers nothing from now on; the next question starts another one.
      worker.terminate();
      this.#worker = undefined;
    };
    return worker;
  }
}

function toError(answer: Answer): Error {
  if ("refused" in answer) return new RefusedFile(answer.refused);
  return new Error("unreadable" in answer ? answer.unreadable : "The file cannot be shown here.");
}

export const inspector = new Inspector();
