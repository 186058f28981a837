import { EngineError, type TableRange } from "@unparquet/core/conversion/engine";
import type { Options } from "@unparquet/core/conversion/options";
import PQueue from "p-queue";
import { MissingPartError } from "../../../components/fetch-part.ts";
import { fetchModule } from "../engine/module.ts";
import { RefusedFile } from "../upload/check-parquet.ts";
import type { PredictedLane } from "./predict-lane.ts";
import { describeRefusal, isRefusal } from "./refusal.ts";
import type { Answer, Question, Statistics, Summary } from "./worker.ts";

type Ask<Asked> = Asked extends Question ? Omit<Asked, "module" | "content"> : never;

/** A person waits for the others, while files are opened and predicted by the hundred. */
const priorities: Partial<Record<Question["ask"], number>> = { open: 0, lane: 1 };

/** Reads files in a worker, so that the page stays responsive while a large footer or page is decoded. */
class Inspector {
  #worker: Worker | undefined;
  #waiting: PromiseWithResolvers<Answer> | undefined;
  readonly #files = new Map<number, File>();
  /** The worker gets one question at a time: it could not drop one that it has been sent. */
  readonly #queue = new PQueue({ concurrency: 1 });

  /** Throws RefusedFile if no conversion of the file could succeed. */
  async open(file: number, content: File): Promise<Summary> {
    this.#files.set(file, content);
    try {
      const answer = await this.#ask({ ask: "open", file });
      if ("summary" in answer) return answer.summary;
    } catch (error) {
      if (!(error instanceof EngineError) || !isRefusal(error)) throw error;
      throw new RefusedFile(describeRefusal(error));
    }
    throw unexpected();
  }

  /** The lane that the API will choose. Throws EngineError if the footer shows that the conversion would fail. */
  async lane(file: number, options: Options, signal: AbortSignal): Promise<PredictedLane> {
    const answer = await this.#ask({ ask: "lane", file, options }, signal);
    if ("lane" in answer) return answer.lane;
    throw unexpected();
  }

  /** The first rows as JSON, one string each. */
  async sample(
    file: number,
    options: Options,
    max: { rows: number; bytes: number },
    signal: AbortSignal,
  ): Promise<string[]> {
    const answer = await this.#ask({ ask: "sample", file, options, max }, signal);
    if ("rows" in answer) return answer.rows;
    throw unexpected();
  }

  /** Cells of the first rows as JSON. */
  async table(file: number, options: Options, range: TableRange, signal: AbortSignal): Promise<string[][]> {
    const answer = await this.#ask({ ask: "table", file, options, range }, signal);
    if ("table" in answer) return answer.table;
    throw unexpected();
  }

  async statistics(file: number, signal: AbortSignal): Promise<Statistics> {
    const answer = await this.#ask({ ask: "statistics", file }, signal);
    if ("statistics" in answer) return answer.statistics;
    throw unexpected();
  }

  close(file: number): void {
    this.#files.delete(file);
  }

  /** Throws EngineError, or MissingPartError if the worker or the module cannot be fetched. */
  async #ask(asked: Ask<Question>, signal?: AbortSignal): Promise<Answer> {
    const answer = await this.#queue.add(
      () => {
        signal?.throwIfAborted();
        return this.#send(asked);
      },
      { priority: priorities[asked.ask] ?? 2 },
    );
    if ("error" in answer) throw new EngineError(answer.error.code, answer.error.message);
    return answer;
  }

  async #send(asked: Ask<Question>): Promise<Answer> {
    const content = this.#files.get(asked.file);
    if (!content) throw new Error("The file is not open.");
    // Started first, so that both are fetched at the same time.
    this.#worker ??= this.#start();
    const worker = this.#worker;
    const waiting = Promise.withResolvers<Answer>();
    this.#waiting = waiting;
    const [answer] = await Promise.all([
      waiting.promise,
      fetchModule().then((module) => worker.postMessage({ ...asked, content, module })),
    ]);
    return answer;
  }

  #start(): Worker {
    const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
    worker.onmessage = ({ data }: MessageEvent<Answer>) => this.#waiting?.resolve(data);
    worker.onerror = (event) => {
      // An error in the script has a message; a script that could not be fetched has none.
      this.#waiting?.reject(event.message ? unexpected() : new MissingPartError(event));
      // It answers nothing from now on; the next question starts another one.
      worker.terminate();
      this.#worker = undefined;
    };
    return worker;
  }
}

const unexpected = () => new EngineError("internal", "something went wrong in this browser");

export const inspector = new Inspector();
