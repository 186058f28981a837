import { MantineProvider } from "@mantine/core";
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import type { JobStatus } from "@unparquet/core/job/schema";
import { useState } from "react";
import { expect, test } from "vitest";
import { StatusFilter } from "./status-filter.tsx";

let chosen: JobStatus[];

function Harness({ initial }: { initial: JobStatus[] }) {
  const [value, setValue] = useState(initial);
  chosen = value;
  return (
    <MantineProvider env="test">
      <StatusFilter value={value} onChange={setValue} />
    </MantineProvider>
  );
}

test("several statuses can be chosen, and All takes them back", async () => {
  const user = userEvent.setup();
  render(<Harness initial={[]} />);
  expect(screen.getByRole("checkbox", { name: "All" })).toHaveProperty("checked", true);

  await user.click(screen.getByRole("checkbox", { name: "Failed" }));
  await user.click(screen.getByRole("checkbox", { name: "Running" }));
  expect(chosen).toEqual(["RUNNING", "FAILED"]);
  expect(screen.getByRole("checkbox", { name: "All" })).toHaveProperty("checked", false);

  await user.click(screen.getByRole("checkbox", { name: "All" }));
  expect(chosen).toEqual([]);
});
