import { parquetLike, putInput, threeRows } from "@unparquet/testing/fixtures/objects";
import { Resource } from "sst";
import { describe, expect, onTestFinished, test } from "vitest";
import { Options } from "../conversion/options.ts";
import { lookAt } from "./first-look.ts";
import { createJobId } from "./schema.ts";

const look = async (bytes: Uint8Array, options: Partial<Options> = {}) => {
  const input = { jobId: createJobId(), filename: "a b+ü.parquet" };
  await putInput(input, bytes);
  return lookAt(input, Options.parse(options));
};

describe("a first look at the input", () => {
  test("the first look accepts a Parquet file and returns its size, version and predicted output", async () => {
    expect(await look(threeRows)).toEqual({
      ok: true,
      bytes: threeRows.length,
      etag: expect.stringMatching(/^"\w+"$/),
      predictedBytes: expect.any(Number),
    });
  });

  test("an unknown column is an error of the options, with the converter's message", async () => {
    expect(await look(threeRows, { columns: ["id", "nmae"] })).toEqual({
      ok: false,
      isOptionError: true,
      error: { code: "unknown_column", message: expect.stringContaining("nmae") },
    });
  });

  test("an output that must exceed the stage's limit is an error of the options", async () => {
    const { outputMaxRows } = Resource.Limits;
    Resource.Limits.outputMaxRows = 2;
    onTestFinished(() => {
      Resource.Limits.outputMaxRows = outputMaxRows;
    });
    expect(await look(threeRows)).toMatchObject({ isOptionError: true, error: { code: "limit_exceeded" } });
    expect(await look(threeRows, { limit: 2 })).toMatchObject({ ok: true });
  });

  test("a damaged footer is an error of the file", async () => {
    const damaged = threeRows.with(threeRows.length - 20, 255);
    expect(await look(damaged)).toMatchObject({ isOptionError: false, error: { code: "corrupt_file" } });
  });

  test("a file with a footer over 8 MiB is accepted without a prediction", async () => {
    const footer = 9 * 1024 ** 2;
    const file = Buffer.concat([Buffer.from("PAR1"), Buffer.alloc(footer), parquetLike(footer).subarray(24)]);
    expect(await look(file)).toMatchObject({ ok: true, predictedBytes: null });
  });

  test.each([
    ["nothing", Buffer.alloc(0), "not_parquet"],
    ["both magics and nothing between", Buffer.from("PAR1\0\0\0\0PAR1"), "not_parquet"],
    ["text", Buffer.from("id,name\n1,one\n2,two\n"), "not_parquet"],
    ["a file cut off at the end", threeRows.subarray(0, 30), "not_parquet"],
    ["a file cut off at the start", threeRows.subarray(2), "not_parquet"],
    ["a footer longer than the file", parquetLike(21), "corrupt_file"],
    ["a footer of no bytes", parquetLike(0), "corrupt_file"],
    ["an encrypted footer", Buffer.from("PARE----------------\x04\0\0\0PARE"), "encrypted_file"],
  ])("the first look rejects %s", async (_, bytes, code) => {
    expect(await look(bytes)).toMatchObject({ ok: false, isOptionError: false, error: { code } });
  });

  test("the first look throws input_missing if there is no file", async () => {
    await expect(
      lookAt({ jobId: createJobId(), filename: "x.parquet" }, Options.parse({})),
    ).rejects.toMatchObject({
      code: "input_missing",
    });
  });
});
