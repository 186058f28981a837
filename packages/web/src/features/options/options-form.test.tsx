import { MantineProvider } from "@mantine/core";
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { Options } from "@unparquet/core/conversion/options";
import { useState } from "react";
import { expect, test } from "vitest";
import { choiceLabels, choiceNames, describeOptions } from "./describe-options.ts";
import OptionsForm from "./options-form.tsx";

let chosen: Partial<Options>;

function Harness({ initial = {} }: { initial?: Partial<Options> }) {
  const [value, setValue] = useState(initial);
  chosen = value;
  return (
    <MantineProvider env="test">
      <OptionsForm value={value} onChange={setValue} />
    </MantineProvider>
  );
}

test("nothing chosen is shown as the API's defaults", () => {
  render(<Harness />);
  expect(screen.getByRole("radio", { name: "NDJSON" })).toHaveProperty("checked", true);
  expect(screen.getByRole("radio", { name: "None" })).toHaveProperty("checked", true);
  expect(screen.getByLabelText("Rows at most")).toHaveProperty("value", "");
});

test("what is chosen is what the API takes", async () => {
  const user = userEvent.setup();
  render(<Harness />);
  await user.click(screen.getByRole("radio", { name: "JSON array" }));
  await user.click(screen.getByRole("radio", { name: "zstd" }));
  await user.type(screen.getByRole("combobox", { name: "Columns" }), "place.city{Enter}a,b{Enter}");
  await user.type(screen.getByLabelText("Rows at most"), "1000");
  await user.selectOptions(screen.getByLabelText("Large integers"), "Strings beyond 2^53");
  await user.selectOptions(screen.getByLabelText("Fields that are null"), "Left out");
  await user.selectOptions(screen.getByLabelText("Timestamps"), "Milliseconds since 1970");
  expect(chosen).toEqual({
    ...Options.parse({}),
    format: "json",
    compression: "zstd",
    columns: ["place.city", "a,b"],
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
    "Rows at most": "All",
    "Fields that are null": "Kept, as null",
    Timestamps: "Microseconds since 1970",
  });
});

test("taking a choice back goes to all columns and rows again", async () => {
  const user = userEvent.setup();
  render(<Harness initial={{ columns: ["a"], limit: 5 }} />);
  await user.clear(screen.getByLabelText("Rows at most"));
  await user.type(screen.getByRole("combobox", { name: "Columns" }), "{Backspace}");
  expect(JSON.parse(JSON.stringify(chosen))).toEqual(Options.parse({}));
});
