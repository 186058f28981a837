import { MantineProvider } from "@mantine/core";
import { render, screen } from "@testing-library/react";
import { Options } from "@unparquet/core/conversion/options";
import type { Attempt, Job } from "@unparquet/core/job/schema";
import { expect, test } from "vitest";
import { Attempts } from "./attempts.tsx";

const at = "2026-01-31T12:00:00.000Z";
const options = Options.parse({});

function show(...changes: Partial<Attempt>[]) {
  const attempts = changes.map(
    (changed, index): Attempt => ({
      attempt: index + 1,
      status: "FAILED",
      lane: null,
      laneReason: null,
      startedAt: at,
      runningAt: null,
      endedAt: at,
      runId: null,
      options,
      result: null,
      error: null,
      ...changed,
    }),
  );
  const job: Job = {
    jobId: "job_7Hq2VXk0eCzRt5mWnPdYbA",
    filename: "a.parquet",
    status: "FAILED",
    createdAt: at,
    updatedAt: at,
    input: { bytes: 1 },
    options,
    attempt: attempts.length,
    startedAt: at,
    endedAt: at,
    attempts,
    progress: null,
    result: null,
    error: null,
  };
  render(
    <MantineProvider>
      <Attempts job={job} />
    </MantineProvider>,
  );
}

test("each attempt shows its lane and the reason", () => {
  show({ lane: "lambda", laneReason: "It is small." }, { lane: "shell", laneReason: "It took too long." });
  const region = screen.getByRole("region", { name: "Attempts" });
  expect(region.textContent).toMatch(/Glue Python Shell: It took too long\..*Lambda: It is small\./);
});

test("a file that was rejected before a run shows no lane", () => {
  show({});
  expect(screen.getByRole("region", { name: "Attempts" }).textContent).not.toMatch(/Lambda|Glue/);
});
