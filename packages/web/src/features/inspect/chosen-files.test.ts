import { expect, test, vi } from "vitest";
import { RefusedFile } from "../upload/check-parquet.ts";
import { ChosenFiles, type FileReader, optionsOf } from "./chosen-files.ts";
import type { Summary } from "./summary.ts";

const summary: Summary = {
  rows: 1,
  rowGroups: 1,
  codecs: [],
  uncompressedBytes: 1,
  columns: [],
};

// jsdom has no workers; what they read is compared with the converter in sample.test.ts.
const reader: FileReader = {
  open: async (_, { name }) => {
    if (name.endsWith(".csv")) throw new RefusedFile("no Parquet");
    if (name.endsWith(".odd")) throw new Error("cannot be shown");
    return summary;
  },
  close: () => undefined,
};

const names = (files: readonly { file: File }[]) => files.map(({ file }) => file.name);

async function chosen(...files: string[]) {
  const store = new ChosenFiles(async () => reader);
  store.add(files.map((name) => new File(["x"], name)));
  await vi.waitFor(() => {
    expect(store.getSnapshot().files.every(({ reading }) => reading.phase !== "reading")).toBe(true);
  });
  return store;
}

test("one file alone is shown, several are not", async () => {
  expect((await chosen("a")).getSnapshot().shown).toBe(1);
  expect((await chosen("a", "b")).getSnapshot().shown).toBeUndefined();
});

test("a refused file stays with its reason and does not block the others", async () => {
  const store = await chosen("a", "notes.csv", "b.odd");
  expect(names(store.take())).toEqual(["a", "b.odd"]);
  expect(store.getSnapshot().files).toMatchObject([{ reading: { phase: "refused", reason: "no Parquet" } }]);
});

test("options are for all, for one, and columns always for one", async () => {
  const store = await chosen("a", "b");
  store.share({ format: "json", columns: ["x"] });
  store.setOwn(2, { format: "ndjson", limit: 3 });
  store.setColumns(1, ["id"]);
  const { files, shared } = store.getSnapshot();
  expect(files.map((file) => optionsOf(file, shared))).toEqual([
    { format: "json", columns: ["id"] },
    { format: "ndjson", limit: 3 },
  ]);
});
