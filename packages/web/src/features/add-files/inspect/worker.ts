import {
  Engine,
  EngineError,
  type EngineFile,
  type Inspection,
  type TableRange,
} from "@unparquet/core/conversion/engine";
import type { Options } from "@unparquet/core/conversion/options";
import type { ErrorCode } from "@unparquet/core/errors";
import { localFile } from "../engine/local-file.ts";
import { type PredictedLane, predictLane } from "./predict-lane.ts";

/** What the page shows at once of a file. Statistics are asked for separately: those of wide files take megabytes. */
export type Summary = Omit<Inspection, "statistics" | "statisticsOmitted" | "keyValues" | "keyValuesOmitted">;
export type Statistics = Pick<
  Inspection,
  "statistics" | "statisticsOmitted" | "keyValues" | "keyValuesOmitted"
>;

/** What the page asks about a file; `file` is the page's number for it. */
export type Question = { module: WebAssembly.Module; file: number; content: File } & (
  | { ask: "open" }
  | { ask: "lane"; options: Options }
  | { ask: "sample"; options: Options; max: { rows: number; bytes: number } }
  | { ask: "table"; options: Options; range: TableRange }
  | { ask: "statistics" }
);

export type Answer =
  | { summary: Summary }
  | { lane: PredictedLane }
  | { rows: string[] }
  | { table: string[][] }
  | { statistics: Statistics }
  | { error: { code: ErrorCode; message: string } };

let engine: Engine | undefined;
/** The file asked about last, with its cached blocks. */
let opened: { id: number; file: EngineFile } | undefined;

function answer(question: Question): Answer {
  engine ??= new Engine(question.module);
  if (opened?.id !== question.file) opened = { id: question.file, file: localFile(question.content) };
  const { file } = opened;
  switch (question.ask) {
    case "open": {
      const { statistics, statisticsOmitted, keyValues, keyValuesOmitted, ...summary } = engine.inspect(file);
      return { summary };
    }
    case "lane": {
      const sizes = {
        lambdaMaxBytes: Number(import.meta.env.VITE_LAMBDA_MAX_BYTES ?? 0),
        sparkMinBytes: Number(import.meta.env.VITE_SPARK_MIN_BYTES ?? 0),
      };
      return { lane: predictLane(engine, file, question.options, sizes) };
    }
    case "sample":
      return { rows: engine.sample(file, question.options, question.max) };
    case "table":
      return { table: engine.table(file, question.options, question.range) };
    case "statistics": {
      const { statistics, statisticsOmitted, keyValues, keyValuesOmitted } = engine.inspect(file);
      return { statistics: { statistics, statisticsOmitted, keyValues, keyValuesOmitted } };
    }
  }
}

self.onmessage = ({ data }: MessageEvent<Question>) => {
  try {
    self.postMessage(answer(data));
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    self.postMessage({ error: { code: error.code, message: error.message } } satisfies Answer);
  }
};
