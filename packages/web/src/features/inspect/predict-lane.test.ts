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

test("a file whose JSON is predicted to fit uses the lane lambda, and a larger one the lane shell", () => {
  const { bytes } = engine.check(orders, {});
  expect(predictLane(engine, orders, {}, bytes).lane).toBe("lambda");
  expect(predictLane(engine, orders, {}, bytes - 1).lane).toBe("shell");
});

test("the lane depends on the options", () => {
  const { bytes } = engine.check(orders, {});
  expect(predictLane(engine, orders, { limit: 1 }, bytes - 1).lane).toBe("lambda");
});

test("a footer that the API does not look at is not looked at here", () => {
  const end = new DataView(new ArrayBuffer(8));
  end.setUint32(0, footerMaxBytes + 1, true);
  expect(predictLane(engine, fileOf(new Uint8Array(end.buffer)), {}, 8e9)).toEqual({
    lane: "shell",
    laneReason: "The footer is too large to predict the output.",
  });
});

test("options that do not fit the file throw the converter's error", () => {
  expect(() => predictLane(engine, orders, { columns: ["plaice"] }, 8e9)).toThrow(
    expect.objectContaining({ code: "unknown_column" }),
  );
});
