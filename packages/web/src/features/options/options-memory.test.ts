import { Options } from "@unparquet/core/conversion/options";
import { beforeEach, expect, test } from "vitest";
import {
  initialOptions,
  linkToOptions,
  readPresets,
  rememberOptions,
  writePresets,
} from "./options-memory.ts";

beforeEach(() => {
  window.localStorage.clear();
  window.location.hash = "";
});

const follow = (link: string) => {
  window.location.hash = new URL(link).hash;
};

test("the last options come back, without the columns and the row limit of another file", () => {
  rememberOptions(Options.parse({ compression: "gzip", columns: ["id"], limit: 5 }));
  expect(initialOptions()).toEqual(Options.parse({ compression: "gzip" }));
});

test("a link carries every option, and counts more than the last options", () => {
  rememberOptions({ compression: "zstd" });
  const options: Partial<Options> = { format: "json", columns: ["a#b", "é,%"], limit: 3 };
  follow(linkToOptions(options));
  expect(initialOptions()).toEqual(options);
});

test.each([
  "#options=",
  "#options=%",
  "#options=[1]",
  '#options={"colums":["a"]}',
  '#options={"limit":0}',
  "#main",
])("the address %s, which has no valid options, is ignored", (hash) => {
  window.location.hash = hash;
  expect(initialOptions()).toEqual({});
});

test("presets are kept, and one that another version wrote is left out", () => {
  writePresets({ "For BigQuery": { timestamps: "epoch-us" } });
  expect(readPresets()).toEqual({ "For BigQuery": { timestamps: "epoch-us" } });
  window.localStorage.setItem(
    "unparquet.options.presets",
    '{"good":{"format":"json"},"bad":{"format":"xml"}}',
  );
  expect(readPresets()).toEqual({ good: { format: "json" } });
  window.localStorage.setItem("unparquet.options.presets", "{");
  expect(readPresets()).toEqual({});
});
