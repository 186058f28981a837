import { MantineProvider } from "@mantine/core";
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import type { SchemaItem } from "@unparquet/core/conversion/engine";
import { Options } from "@unparquet/core/conversion/options";
import type { Result } from "@unparquet/core/job/schema";
import { useState } from "react";
import { expect, test } from "vitest";
import { choiceLabels, choiceNames, describeOptions } from "./describe-options.ts";
import OptionsForm from "./options-form.tsx";
import { problemOfOptions } from "./problem.ts";
import { itemsOfResult } from "./result-items.ts";

let chosen: Partial<Options>;

const item = (path: string, parts: SchemaItem[] = []): SchemaItem => ({
  name: path,
  path,
  type: "int64",
  parts,
});
const items = [item("VendorID"), item("fare_amount"), item("a,b"), item("place", [item("place.city")])];

function Harness({ initial = {}, items }: { initial?: Partial<Options>; items?: SchemaItem[] }) {
  const [value, setValue] = useState(initial);
  chosen = value;
  return (
    <MantineProvider env="test">
      <OptionsForm value={value} items={items} onChange={setValue} />
    </MantineProvider>
  );
}

test("nothing chosen is shown as the API's defaults", () => {
  render(<Harness />);
  expect(screen.getByRole("radio", { name: "NDJSON" })).toHaveProperty("checked", true);
  expect(screen.getByRole("radio", { name: "None" })).toHaveProperty("checked", true);
  expect(screen.getByLabelText("Row limit")).toHaveProperty("value", "");
});

test("what is chosen is what the API takes", async () => {
  const user = userEvent.setup();
  render(<Harness />);
  await user.click(screen.getByRole("radio", { name: "JSON array" }));
  await user.click(screen.getByRole("radio", { name: "zstd" }));
  await user.type(screen.getByRole("combobox", { name: "Columns" }), "place.city{Enter}a, b,c{Enter}");
  await user.type(screen.getByLabelText("Row limit"), "1000");
  await user.selectOptions(screen.getByLabelText("Large integers"), "Strings beyond 2^53");
  await user.selectOptions(screen.getByLabelText("Fields that are null"), "Left out");
  await user.selectOptions(screen.getByLabelText("Timestamps"), "Milliseconds since 1970");
  expect(chosen).toEqual({
    ...Options.parse({}),
    format: "json",
    compression: "zstd",
    columns: ["place.city", "a", "b", "c"],
    limit: 1000,
    integers: "string",
    nulls: "omit",
    timestamps: "epoch-ms",
  });
});

test("every option of the API can be chosen", async () => {
  const user = userEvent.setup();
  render(<Harness />);
  for (const name of choiceNames) {
    const { label, choices } = choiceLabels[name];
    const [value, text] = Object.entries<string>(choices).at(-1) ?? [];
    const field = screen.getByLabelText(label);
    if (field instanceof HTMLSelectElement) await user.selectOptions(field, text ?? "");
    else await user.click(screen.getByRole("radio", { name: text ?? "" }));
    expect(chosen[name]).toBe(value);
  }
  expect(new Set([...choiceNames, "columns", "limit"])).toEqual(new Set(Object.keys(Options.shape)));
});

test("a job's options are all told in words", () => {
  const options = Options.parse({ columns: ["a", "b"], timestamps: "epoch-us" });
  const described = Object.fromEntries(describeOptions(options));
  expect(Object.keys(described)).toHaveLength(Object.keys(Options.shape).length);
  expect(described).toMatchObject({
    Columns: "a, b",
    "Row limit": "All",
    "Fields that are null": "Kept, as null",
    Timestamps: "Microseconds since 1970",
  });
});

test("taking a choice back goes to all columns and rows again", async () => {
  const user = userEvent.setup();
  render(<Harness initial={{ columns: ["a"], limit: 5 }} />);
  await user.clear(screen.getByLabelText("Row limit"));
  await user.type(screen.getByRole("combobox", { name: "Columns" }), "{Backspace}");
  expect(JSON.parse(JSON.stringify(chosen))).toEqual(Options.parse({}));
});

test("a pasted list of columns becomes one name each, and a name with a comma stays one", async () => {
  const user = userEvent.setup();
  render(<Harness items={items} />);
  await user.click(screen.getByRole("combobox", { name: "Columns" }));
  await user.paste("VendorID, fare_amount,place.city");
  await user.keyboard("{Enter}");
  await user.paste("a,b");
  await user.keyboard("{Enter}");
  expect(chosen.columns).toEqual(["VendorID", "fare_amount", "place.city", "a,b"]);
});

test("a column that the file does not have is named at once, with the one that was meant", async () => {
  const user = userEvent.setup();
  render(<Harness items={items} />);
  await user.type(screen.getByRole("combobox", { name: "Columns" }), "VendorId{Enter}city{Enter}");
  screen.getByText('There is no column "VendorId". Did you mean "VendorID"?');
  await user.click(screen.getByRole("button", { name: "Use VendorID" }));
  screen.getByText('There is no column "city". Did you mean "place.city"?');
  await user.click(screen.getByRole("button", { name: "Use place.city" }));
  expect(chosen.columns).toEqual(["VendorID", "place.city"]);
  expect(problemOfOptions(chosen, items)).toBeUndefined();
});

test.each(["0", "-5", "1.5"])("a row limit of %s is refused and not changed into another", async (text) => {
  const user = userEvent.setup();
  render(<Harness />);
  await user.type(screen.getByLabelText("Row limit"), text);
  expect(screen.getByLabelText("Row limit")).toHaveProperty("value", text);
  screen.getByText("The row limit is a whole number of at least 1.");
  expect(problemOfOptions(chosen)).toBe("The row limit is a whole number of at least 1.");
});

test("the columns of a job's file are known from a result that has all of them", () => {
  const columns = [
    { name: "id", type: "int64" },
    { name: "places", type: "list<struct<city: string, tags: map<string,struct<x: int32>>>>" },
  ];
  const result = { columns, columnsOmitted: 0 } as Result;
  const known = itemsOfResult({ options: Options.parse({}), result });
  const names = ["places.tags.x", "places", "id"];
  expect(problemOfOptions({ columns: names }, known)).toBeUndefined();
  expect(problemOfOptions({ columns: ["places.x"] }, known)).toMatch('no column "places.x"');
  expect(itemsOfResult({ options: Options.parse({ columns: ["id"] }), result })).toBeUndefined();
});
