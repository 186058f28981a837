import { MantineProvider } from "@mantine/core";
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import type { JobStatus } from "@unparquet/core/job/schema";
import { useState } from "react";
import { expect, test } from "vitest";
import { StatusFilter } from "./status-filter.tsx";

let chosen: JobStatus[];
const counts = new Map<JobStatus, number>([
  ["RUNNING", 2],
  ["FAILED", 1200],
]);

function Harness({ initial }: { initial: JobStatus[] }) {
  const [value, setValue] = useState(initial);
  chosen = value;
  return (
    <MantineProvider env="test">
      <StatusFilter counts={counts} value={value} onChange={setValue} />
    </MantineProvider>
  );
}

test("only statuses that occur or are chosen are offered, with their counts", () => {
  render(<Harness initial={["EXPIRED"]} />);
  const names = screen.getAllByRole("checkbox").map((chip) => chip.closest("div")?.textContent);
  expect(names).toEqual(["All 1,202", "Running 2", "Failed 1,200", "Expired 0"]);
});

test("several statuses can be chosen, and All takes them back", async () => {
  const user = userEvent.setup();
  render(<Harness initial={[]} />);
  expect(screen.getByRole("checkbox", { name: "All 1,202" })).toHaveProperty("checked", true);

  await user.click(screen.getByRole("checkbox", { name: "Failed 1,200" }));
  await user.click(screen.getByRole("checkbox", { name: "Running 2" }));
  expect(chosen).toEqual(["RUNNING", "FAILED"]);
  expect(screen.getByRole("checkbox", { name: "All 1,202" })).toHaveProperty("checked", false);

  await user.click(screen.getByRole("checkbox", { name: "All 1,202" }));
  expect(chosen).toEqual([]);
});
