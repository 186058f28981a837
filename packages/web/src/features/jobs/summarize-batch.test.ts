import type { JobSummary } from "@unparquet/core/job/schema";
import { expect, test } from "vitest";
import type { Upload } from "../add-files/upload/upload-queue.ts";
import { summarizeBatch } from "./summarize-batch.ts";

const upload = (jobId: string, state: Partial<Upload> = { phase: "started" }) =>
  ({
    id: jobId,
    file: new File(["x".repeat(100)], `${jobId}.parquet`),
    options: {},
    batch: 1,
    session: { jobId },
    stored: 0,
    moving: 0,
    ...state,
  }) as Upload;

const jobs = (...list: [string, JobSummary["status"]][]) =>
  new Map(
    list.map(([jobId, status]) => {
      const job: Partial<JobSummary> = {
        jobId,
        status,
        result: status === "SUCCEEDED" ? ({ rows: 1 } as JobSummary["result"]) : null,
        error: status === "FAILED" ? { code: "corrupt_file", message: "The file is damaged." } : null,
      };
      return [jobId, job as JobSummary];
    }),
  );

test("uploads and conversions are one progress, and each is counted", () => {
  const batch = [
    upload("a"),
    upload("b"),
    upload("c"),
    upload("d", { phase: "uploading", stored: 50 }),
    upload("e", { phase: "failed", reason: "The storage refuses." }),
  ];
  const known = jobs(["a", "SUCCEEDED"], ["b", "RUNNING"], ["c", "FAILED"], ["d", "PENDING_UPLOAD"]);
  const { share, isDone, counts, failures, results } = summarizeBatch(batch, known);
  expect(share).toBe(0.75);
  expect(isDone).toBe(false);
  expect(counts).toEqual(["3 of 5 uploaded", "1 converting", "1 converted", "2 failed"]);
  expect(failures).toEqual([
    { id: "c", filename: "c.parquet", jobId: "c", reason: "The file is damaged." },
    { id: "e", filename: "e.parquet", jobId: undefined, reason: "The storage refuses." },
  ]);
  expect(results.map(({ jobId }) => jobId)).toEqual(["a"]);
});

test("a batch is done when every job has ended, and deleted jobs no longer count", () => {
  const batch = [upload("a"), upload("b"), upload("deleted")];
  const { share, isDone, counts } = summarizeBatch(batch, jobs(["a", "SUCCEEDED"], ["b", "CANCELLED"]));
  expect({ share, isDone, counts }).toEqual({
    share: 1,
    isDone: true,
    counts: ["2 uploaded", "1 converted", "1 cancelled"],
  });
});
