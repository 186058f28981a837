import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { UploadJournal } from "./upload-journal.ts";

// Locks that a test lets go of, as jsdom has no tabs to close.
let closeTabs: (() => void)[];

beforeEach(() => {
  localStorage.clear();
  closeTabs = [];
  const request = (_: string, _options: object, callback?: () => void) => {
    if (callback) closeTabs.push(callback);
  };
  vi.stubGlobal("navigator", { locks: { request } });
});
afterEach(() => {
  vi.unstubAllGlobals();
});

const visit = () => new UploadJournal();
/** Closes the first tab, of which every later one has asked. */
const closeFirst = () => {
  for (const close of closeTabs) close();
};
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
const waiting = (journal: UploadJournal) => journal.waiting.get().map(({ filename }) => filename);

test("an upload waits for its file once the tab that had it is closed", () => {
  const one = visit();
  one.write(entry("a", "a.parquet"));
  const two = visit();
  expect(waiting(two)).toEqual([]);
  closeFirst();
  expect(waiting(two)).toEqual(["a.parquet"]);
  expect(waiting(one)).toEqual([]);
});

test("only the same file goes on with it, and only once", () => {
  visit().write(entry("a", "a.parquet"));
  const two = visit();
  closeFirst();
  expect(two.claim(file("b.parquet"))).toBeUndefined();
  expect(two.claim(file("a.parquet", 2))).toBeUndefined();
  expect(two.claim(file("a.parquet", 1, "PAR1PAR1"))).toBeUndefined();
  expect(two.claim(file("a.parquet"))).toMatchObject({ id: "a", session: { jobId: "job_a" }, stored: 2 });
  expect(two.claim(file("a.parquet"))).toBeUndefined();
  expect(waiting(two)).toEqual([]);
});

test("what one tab takes up is no longer offered in another", () => {
  visit().write(entry("a", "a.parquet"));
  const two = visit();
  closeFirst();
  const three = visit();
  closeFirst();
  expect(waiting(three)).toEqual(["a.parquet"]);
  two.claim(file("a.parquet"));
  window.dispatchEvent(new Event("storage"));
  expect(waiting(three)).toEqual([]);
});

test("of two tabs with the same file the first goes on with it, before the other hears of it", () => {
  visit().write(entry("a", "a.parquet"));
  const two = visit();
  closeFirst();
  const three = visit();
  closeFirst();
  expect(two.claim(file("a.parquet"))).toMatchObject({ id: "a" });
  expect(three.claim(file("a.parquet"))).toBeUndefined();
  expect(waiting(three)).toEqual([]);
  expect(localStorage).toHaveLength(1);
});

test("what is erased is gone for every visit", () => {
  const one = visit();
  one.write(entry("a", "a.parquet"));
  one.write(entry("b", "b.parquet"));
  one.erase("b");
  const two = visit();
  closeFirst();
  expect(waiting(two)).toEqual(["a.parquet"]);
  two.erase("a");
  expect(waiting(two)).toEqual([]);
  expect(localStorage).toHaveLength(0);
});

test("a browser that forbids to store anything only forgets", () => {
  vi.spyOn(window, "localStorage", "get").mockImplementation(() => {
    throw new DOMException("Forbidden", "SecurityError");
  });
  const journal = visit();
  journal.write(entry("a", "a.parquet"));
  expect(journal.claim(file("a.parquet"))).toBeUndefined();
});
