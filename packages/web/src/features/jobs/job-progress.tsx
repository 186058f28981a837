import { Progress } from "@mantine/core";
import type { JobSummary } from "@unparquet/core/job/schema";
import { formatBytes, formatCount, formatShare } from "../../components/format.ts";
import classes from "./job-progress.module.css";

/** How far a job that is under way has come: rows of all rows, and bytes written. */
export function JobProgress({
  job: { filename, progress },
  size = "sm",
}: {
  job: JobSummary;
  size?: "sm" | "lg";
}) {
  // A file without rows is done as soon as it is begun.
  const share = progress === null ? null : progress.totalRows === 0 ? 1 : progress.rows / progress.totalRows;

  return (
    <div>
      <Progress.Root size={size === "lg" ? 10 : 6}>
        {/* Two bars, not one that shrinks from all of it to what it really is. */}
        <Progress.Section
          key={share === null ? "unknown" : "known"}
          value={share === null ? 100 : share * 100}
          animated={share === null}
          color={share === null ? "gray" : "blue"}
          {...(share === null ? { withAria: false } : { "aria-label": `Progress of ${filename}` })}
        />
      </Progress.Root>
      <div className={classes.line} data-size={size}>
        {progress === null || share === null ? (
          <span>Starting…</span>
        ) : (
          <>
            <span>
              {size === "lg"
                ? `${formatCount(progress.rows)} of ${formatCount(progress.totalRows)} rows`
                : formatShare(share)}
            </span>
            <span>
              {size === "lg"
                ? `${formatBytes(progress.outputBytes)} written`
                : formatBytes(progress.outputBytes)}
            </span>
          </>
        )}
      </div>
    </div>
  );
}
