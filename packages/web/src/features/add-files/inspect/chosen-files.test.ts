import { expect, test, vi } from "vitest";
import { MissingPartError } from "../../../components/fetch-part.ts";
import { RefusedFile } from "../upload/check-parquet.ts";
import { ChosenFiles, type FileReader, findRepeated, isConvertible, optionsOf } from "./chosen-files.ts";
import type { Summary } from "./worker.ts";

const summary: Summary = {
  bytes: 1,
  rows: 1,
  rowGroups: [{ rows: 1, compressedBytes: 1, uncompressedBytes: 1 }],
  rowGroupsOmitted: 0,
  compressedBytes: 1,
  uncompressedBytes: 1,
  codecs: [],
  encodings: [],
  columns: [],
  columnsOmitted: 0,
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

test("options for all files are for all but those with options of their own, columns included", async () => {
  const store = await chosen("a", "b", "c");
  store.share({ format: "json", columns: ["x"] });
  store.setOwn(2, { format: "ndjson", limit: 3 });
  const { files, shared } = store.getSnapshot();
  expect(files.map((file) => optionsOf(file, shared))).toEqual([
    { format: "json", columns: ["x"] },
    { format: "ndjson", limit: 3 },
    { format: "json", columns: ["x"] },
  ]);
});

test("columns of files that are gone are not those of the next files, other options are", async () => {
  const store = await chosen("a", "b", "notes.csv");
  store.share({ format: "json", columns: ["x"] });
  store.remove(1);
  expect(store.getSnapshot().shared).toEqual({ format: "json", columns: ["x"] });
  store.take();
  expect(store.getSnapshot().shared).toEqual({ format: "json" });
});

test("hundreds of files are read a few at a time, and shown together, in the order chosen", async () => {
  let reading = 0;
  let most = 0;
  const store = new ChosenFiles(async () => ({
    ...reader,
    open: async (id, file) => {
      reading += 1;
      most = Math.max(most, reading);
      await new Promise((resolve) => setTimeout(resolve, 1000 / (id + 100)));
      reading -= 1;
      return reader.open(id, file);
    },
  }));
  const listener = vi.fn();
  store.subscribe(listener);
  const all = Array.from({ length: 100 }, (_, index) => `day-${index}${index === 50 ? ".csv" : ""}`);
  store.add(all.map((name) => new File(["x"], name)));
  await vi.waitFor(() => {
    expect(store.getSnapshot().files.every((file) => file.reading.phase !== "reading")).toBe(true);
  });
  expect(names(store.getSnapshot().files)).toEqual(all);
  expect(most).toBe(4);
  expect(listener.mock.calls.length).toBeLessThan(20);
  listener.mockClear();
  expect(names(store.take())).toEqual(all.filter((name) => !name.endsWith(".csv")));
  expect(listener).toHaveBeenCalledTimes(1);
});

test("a file that is taken off while it is read is closed again", async () => {
  const open = Promise.withResolvers<Summary>();
  const close = vi.fn();
  const store = new ChosenFiles(async () => ({ open: () => open.promise, close }));
  store.add([new File(["x"], "a")]);
  await vi.waitFor(() => expect(store.getSnapshot().files).toHaveLength(1));
  store.remove(1);
  await vi.waitFor(() => expect(close).toHaveBeenCalledTimes(1));
  open.resolve(summary);
  await vi.waitFor(() => expect(close).toHaveBeenCalledTimes(2));
  expect(store.getSnapshot().files).toEqual([]);
});

test("a file whose reader is missing can be converted, and is read once the reader is there", async () => {
  let isMissing = true;
  const store = new ChosenFiles(async () => {
    if (isMissing) throw new MissingPartError("offline");
    return reader;
  });
  store.add([new File(["x"], "a"), new File(["x"], "notes.csv")]);
  await vi.waitFor(() => {
    expect(store.getSnapshot().files.map(({ reading }) => reading.phase)).toEqual([
      "unreadable",
      "unreadable",
    ]);
  });
  expect(store.getSnapshot().files.every(isConvertible)).toBe(true);
  isMissing = false;
  store.readAgain();
  await vi.waitFor(() => {
    expect(store.getSnapshot().files.map(({ reading }) => reading.phase)).toEqual(["ready", "refused"]);
  });
});

test("a file that is there already is found, by its name, size and time", async () => {
  const file = (name: string, lastModified: number) => new File(["x"], name, { lastModified });
  const store = new ChosenFiles(async () => reader);
  store.add([file("a", 1), file("a", 2), file("b", 1), file("a", 1)]);
  const { files } = store.getSnapshot();
  expect([...findRepeated(files, [file("b", 1)])]).toEqual([
    [3, "uploads"],
    [4, "chosen"],
  ]);
});
