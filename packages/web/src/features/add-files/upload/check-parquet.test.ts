import { expect, test } from "vitest";
import { checkParquet } from "./check-parquet.ts";

const file = (...parts: BlobPart[]) => new File(parts, "a.parquet");

test("a file with PAR1 at both ends passes", async () => {
  await expect(checkParquet(file("PAR1", "footer", "PAR1"))).resolves.toBeUndefined();
});

test.each([
  ["an empty file", file(), "empty"],
  ["a CSV", file("a,b,c\n1,2,3\n"), "does not begin and end with PAR1"],
  ["the first half of a file", file("PAR1", "footer"), "does not begin and end with PAR1"],
])("%s is refused with the reason", async (_, refused, reason) => {
  await expect(checkParquet(refused)).rejects.toThrow(reason);
});
