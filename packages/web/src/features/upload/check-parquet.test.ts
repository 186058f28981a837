import { expect, test } from "vitest";
import { checkParquet } from "./check-parquet.ts";

const file = (...parts: BlobPart[]) => new File(parts, "a.parquet");
const footer = "footer\u0006\u0000\u0000\u0000";

test("a file with PAR1 at both ends passes", async () => {
  await expect(checkParquet(file("PAR1", footer, "PAR1"))).resolves.toBeUndefined();
});

test.each([
  ["nothing", file(), "empty"],
  ["a CSV", file("a,b,c\n1,2,3\n"), "does not start with the bytes PAR1"],
  ["half a file", file("PAR1", footer), "cut off"],
  ["less than a footer needs", file("PAR1PAR1"), "cut off"],
  ["an encrypted footer", file("PARE", footer, "PARE"), "encrypted"],
])("%s is refused with the reason", async (_, refused, reason) => {
  await expect(checkParquet(refused)).rejects.toThrow(reason);
});
