import { describe, expect, test } from "vitest";
import { Filename, inputKey, outputFilename, outputKey, stem } from "./keys.ts";

const utf8Length = (text: string) => Buffer.byteLength(text, "utf8");

describe("Filename", () => {
  test("the error for an invisible character names it", () => {
    expect(Filename.safeParse("a\u202eb").error?.issues[0]?.message).toBe(
      "contains U+202E, which changes the direction of text",
    );
    expect(Filename.safeParse("a\ufeffb").error?.issues[0]?.message).toBe(
      "contains U+FEFF, which is invisible",
    );
  });

  test.each([
    "a",
    "trips.parquet",
    "Fahrten März.parquet",
    "日本.parquet",
    "..a",
    "a'b\"c.parquet",
    "x".repeat(255),
    // Persian and Hindi need joiners; so does a family.
    "می\u200cخواهم.parquet",
    "क्\u200dष.parquet",
    "👨\u200d👩\u200d👧.parquet",
    "תשלומים.parquet",
    "مدفوعات.parquet",
  ])("the file name %s is valid", (name) => expect(Filename.safeParse(name).success).toBe(true));

  test.each([
    ["nothing", ""],
    ["a path", "a/b.parquet"],
    ["a Windows path", "a\\b.parquet"],
    ["this folder", "."],
    ["the folder above", ".."],
    ["a line feed", "a\nb"],
    ["a NUL", "a\0b"],
    ["a C1 control character", "a\u0085b"],
    ["half a surrogate pair", "a\ud800b"],
    ["256 bytes", "x".repeat(256)],
    ["128 characters of two bytes each", "ä".repeat(128)],
    ...["061c", "200e", "200f", "202a", "202b", "202c", "202d", "202e", "2066", "2067", "2068", "2069"]
      .concat("00ad", "200b", "2028", "2029", "2060", "2064", "206a", "206f", "feff", "fff9")
      .map((code): [string, string] => [
        `U+${code.toUpperCase()}`,
        `trips${String.fromCodePoint(Number.parseInt(code, 16))}teuqrap.exe`,
      ]),
  ])("%s is not a valid file name", (_, name) => expect(Filename.safeParse(name).success).toBe(false));
});

test.each([
  ["trips.parquet", "trips"],
  ["TRIPS.PARQUET", "TRIPS"],
  ["a.b.parq", "a.b"],
  ["a.Pq", "a"],
  ["a.parquet.parquet", "a.parquet"],
  ["data.bin", "data.bin"],
  ["parquet", "parquet"],
  [".parquet", ".parquet"],
])("the stem of %s is %s", (filename, expected) => expect(stem(filename)).toBe(expected));

describe("the name of an output", () => {
  test("an output is named after the stem, with a new extension", () => {
    expect(outputFilename("Fahrten März.PARQUET", ".ndjson.zst")).toBe("Fahrten März.ndjson.zst");
    expect(outputFilename("data", ".json")).toBe("data.json");
  });

  test.each([
    ["one byte", "x", 1],
    ["two bytes", "ä", 2],
    ["three bytes", "日", 3],
    ["four bytes", "🦆", 4],
  ])(
    "an output's name of characters of %s has 255 bytes at most, and is cut between characters",
    (_, char, bytes) => {
      const longest = char.repeat(Math.floor(255 / bytes));
      for (const ending of [".json", ".ndjson", ".ndjson.gz", ".ndjson.zst"]) {
        const name = outputFilename(longest, ending);
        expect(name).toBe(char.repeat(Math.floor((255 - ending.length) / bytes)) + ending);
        expect(utf8Length(name)).toBeLessThanOrEqual(255);
        expect(Filename.safeParse(name).success).toBe(true);
      }
    },
  );

  test("keys of the longest file names are within S3's limit", () => {
    const job = {
      jobId: `job_${"x".repeat(60)}`,
      attempt: 1_000_000,
      filename: "日".repeat(85),
      options: { format: "ndjson", compression: "zstd" },
    } as const;
    expect(utf8Length(inputKey(job))).toBeLessThan(1024);
    expect(utf8Length(outputKey(job))).toBeLessThan(1024);
  });
});
