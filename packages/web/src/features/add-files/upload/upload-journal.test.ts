import { beforeEach, expect, test } from "vitest";
import { UploadJournal } from "./upload-journal.ts";

let closeTab: Map<string, () => void>;

beforeEach(() => {
  localStorage.clear();
  closeTab = new Map();
});

const visit = (tab: string) =>
  new UploadJournal(localStorage, tab, (name, callback) => closeTab.set(name, callback));
const entry = (id: string, filename: string) => ({
  id,
  filename,
  size: 4,
  lastModified: 1,
  options: {},
  session: { jobId: `job_${id}` },
  stored: 2,
});
const file = (name: string, lastModified = 1, text = "PAR1") => new File([text], name, { lastModified });
const waiting = (journal: UploadJournal) => journal.getSnapshot().map(({ filename }) => filename);

test("an upload waits for its file once the tab that had it is closed", () => {
  const one = visit("one");
  one.write(entry("a", "a.parquet"));
  const two = visit("two");
  expect(waiting(two)).toEqual([]);
  closeTab.get("one")?.();
  expect(waiting(two)).toEqual(["a.parquet"]);
  expect(waiting(one)).toEqual([]);
});

test("only the same file goes on with it, and only once", () => {
  visit("one").write(entry("a", "a.parquet"));
  const two = visit("two");
  closeTab.get("one")?.();
  expect(two.claim(file("b.parquet"))).toBeUndefined();
  expect(two.claim(file("a.parquet", 2))).toBeUndefined();
  expect(two.claim(file("a.parquet", 1, "PAR1PAR1"))).toBeUndefined();
  expect(two.claim(file("a.parquet"))).toMatchObject({ id: "a", session: { jobId: "job_a" }, stored: 2 });
  expect(two.claim(file("a.parquet"))).toBeUndefined();
  expect(waiting(two)).toEqual([]);
});

test("what one tab takes up is no longer offered in another", () => {
  visit("one").write(entry("a", "a.parquet"));
  const two = visit("two");
  closeTab.get("one")?.();
  const three = visit("three");
  closeTab.get("one")?.();
  expect(waiting(three)).toEqual(["a.parquet"]);
  two.claim(file("a.parquet"));
  three.refresh();
  expect(waiting(three)).toEqual([]);
});

test("of two tabs with the same file the first goes on with it, before the other hears of it", () => {
  visit("one").write(entry("a", "a.parquet"));
  const two = visit("two");
  closeTab.get("one")?.();
  const three = visit("three");
  closeTab.get("one")?.();
  expect(two.claim(file("a.parquet"))).toMatchObject({ id: "a" });
  expect(three.claim(file("a.parquet"))).toBeUndefined();
  expect(waiting(three)).toEqual([]);
  expect(localStorage).toHaveLength(1);
});

test("what is erased is gone for every visit", () => {
  const one = visit("one");
  one.write(entry("a", "a.parquet"));
  one.write(entry("b", "b.parquet"));
  one.erase("b");
  const two = visit("two");
  closeTab.get("one")?.();
  expect(waiting(two)).toEqual(["a.parquet"]);
  two.erase("a");
  expect(waiting(two)).toEqual([]);
  expect(localStorage).toHaveLength(0);
});

test("a browser that forbids to store anything only forgets", () => {
  const journal = new UploadJournal(undefined, "one", (_, callback) => callback());
  journal.write(entry("a", "a.parquet"));
  expect(journal.claim(file("a.parquet"))).toBeUndefined();
});
