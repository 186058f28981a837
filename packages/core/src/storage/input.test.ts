import { parquetLike, putInput } from "@unparquet/testing/fixtures/objects";
import { describe, expect, test } from "vitest";
import { createJobId } from "../job/schema.ts";
import { checkInput } from "./input.ts";

const check = async (bytes: Uint8Array) => {
  const input = { jobId: createJobId(), filename: "a b+ü.parquet" };
  await putInput(input, bytes);
  return checkInput(input);
};

describe("a first look at the input", () => {
  test("the input check accepts a Parquet file and returns its size and version", async () => {
    expect(await check(parquetLike())).toEqual({
      ok: true,
      bytes: 32,
      etag: expect.stringMatching(/^"\w+"$/),
    });
  });

  test.each([
    ["nothing", Buffer.alloc(0), "not_parquet"],
    ["both magics and nothing between", Buffer.from("PAR1\0\0\0\0PAR1"), "not_parquet"],
    ["text", Buffer.from("id,name\n1,one\n2,two\n"), "not_parquet"],
    ["a file cut off at the end", parquetLike().subarray(0, 30), "not_parquet"],
    ["a file cut off at the start", parquetLike().subarray(2), "not_parquet"],
    ["a footer longer than the file", parquetLike(21), "corrupt_file"],
    ["a footer of no bytes", parquetLike(0), "corrupt_file"],
    ["an encrypted footer", Buffer.from("PARE----------------\x04\0\0\0PARE"), "encrypted_file"],
  ])("the input check rejects %s", async (_, bytes, code) => {
    expect(await check(bytes)).toMatchObject({ ok: false, error: { code } });
  });

  test("the input check throws input_missing if there is no file", async () => {
    await expect(checkInput({ jobId: createJobId(), filename: "x.parquet" })).rejects.toMatchObject({
      code: "input_missing",
    });
  });
});
