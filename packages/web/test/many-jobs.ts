import type { JobRecord } from "@unparquet/core/job/record";
import { stage } from "@unparquet/local/platform";
import { linkEnvironment } from "@unparquet/local/resources";

/** How many of a hundred jobs failed, were cancelled; the rest succeeded. */
const shares = { FAILED: 10, CANCELLED: 5 };

/**
 * Writes that many ended jobs into the table of the product that runs, a minute apart, the newest first: `day-0001.parquet`
 * and so on. There are no files behind them.
 */
export async function writeJobs(count: number): Promise<void> {
  // The entity reads at its import which table is its own.
  Object.assign(process.env, linkEnvironment(stage));
  const { jobs } = await import("@unparquet/core/job/record");
  const { createJobId } = await import("@unparquet/core/job/schema");
  const { Options } = await import("@unparquet/core/conversion/options");
  const { never } = await import("@unparquet/core/job/transitions");
  const { result } = await import("@unparquet/testing/fixtures/records");
  const now = Date.now();
  const records = Array.from({ length: count }, (_, index): JobRecord => {
    const at = new Date(now - (index + 1) * 60_000).toISOString();
    const end = new Date(Date.parse(at) + 1000 + (index % 90) * 100).toISOString();
    const nth = index % 100;
    const status =
      nth < shares.FAILED ? "FAILED" : nth < shares.FAILED + shares.CANCELLED ? "CANCELLED" : "SUCCEEDED";
    const error = { code: "corrupt_file" as const, message: "The page at byte 4 has another checksum." };
    return {
      jobId: createJobId(),
      filename: `day-${String(index + 1).padStart(4, "0")}.parquet`,
      status,
      createdAt: at,
      updatedAt: end,
      bytes: 1000 + index,
      options: Options.parse({}),
      attempt: 1,
      lane: "shell",
      startedAt: at,
      endedAt: end,
      revision: 1,
      writes: [],
      dueAt: never,
      ...(status === "SUCCEEDED" && { result: { ...result, rows: index, bytes: index * 40 } }),
      ...(status === "FAILED" && { error }),
    };
  });
  const { unprocessed } = await jobs().put(records).go({ concurrency: 8 });
  if (unprocessed.length > 0) throw new Error(`${unprocessed.length} jobs were not written`);
}
