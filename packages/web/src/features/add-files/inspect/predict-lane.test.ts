// @vitest-environment node
import fs from "node:fs/promises";
import path from "node:path";
import { Engine, type EngineFile } from "@unparquet/core/conversion/engine";
import { footerMaxBytes } from "@unparquet/core/deployment";
import { root } from "@unparquet/local/lib/paths";
import { beforeAll, expect, test } from "vitest";
import { predictLane } from "./predict-lane.ts";

let engine: Engine;
let orders: EngineFile;

beforeAll(async () => {
  engine = new Engine(
    await WebAssembly.compile(await fs.readFile(path.join(root, "glue/wasm/unparquet.wasm"))),
  );
  orders = fileOf(await fs.readFile(path.join(root, "packages/web/test/fixtures/orders.parquet")));
});

const fileOf = (bytes: Uint8Array): EngineFile => ({
  size: bytes.length,
  read: (offset, length) => bytes.subarray(offset, offset + length),
});

/** A stage without the lane spark, whose lane lambda takes this much. */
const upTo = (lambdaMaxBytes: number) => ({ lambdaMaxBytes, sparkMinBytes: 0 });

test("a file whose JSON is predicted to fit uses the lane lambda, and a larger one the lane shell", () => {
  const { bytes } = engine.check(orders, {});
  expect(predictLane(engine, orders, {}, upTo(bytes)).lane).toBe("lambda");
  expect(predictLane(engine, orders, {}, upTo(bytes - 1)).lane).toBe("shell");
});

test("a file whose JSON is predicted to be large uses the lane spark of a stage that has it", () => {
  const { bytes } = engine.check(orders, {});
  const lane = (sparkMinBytes: number) =>
    predictLane(engine, orders, {}, { lambdaMaxBytes: 1, sparkMinBytes }).lane;
  expect([lane(bytes), lane(bytes + 1)]).toEqual(["spark", "shell"]);
});

test("the lane depends on the options", () => {
  const { bytes } = engine.check(orders, {});
  expect(predictLane(engine, orders, { limit: 1 }, upTo(bytes - 1)).lane).toBe("lambda");
});

test("a footer that the API does not look at is not looked at here", () => {
  const end = new DataView(new ArrayBuffer(8));
  end.setUint32(0, footerMaxBytes + 1, true);
  const file = fileOf(new Uint8Array(end.buffer));
  expect(predictLane(engine, file, {}, upTo(8e9))).toEqual({
    lane: "shell",
    laneReason: "The footer is too large to predict the output.",
    predictedBytes: null,
  });
  expect(predictLane(engine, file, {}, { lambdaMaxBytes: 8e9, sparkMinBytes: file.size }).lane).toBe("spark");
});

test("options that do not fit the file throw the converter's error", () => {
  expect(() => predictLane(engine, orders, { columns: ["plaice"] }, upTo(8e9))).toThrow(
    expect.objectContaining({ code: "unknown_column" }),
  );
});
