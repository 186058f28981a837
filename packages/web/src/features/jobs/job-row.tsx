import { ActionIcon } from "@mantine/core";
import { IconDownload, IconPlayerStop, IconRefresh } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import type { Job } from "@unparquet/core/job/schema";
import { memo, type ReactNode, type Ref } from "react";
import { downloadUrl } from "../../api/client.ts";
import { Ago } from "../../components/ago.tsx";
import { formatBytes, formatDuration, formatRows } from "../../format.ts";
import { summarizeOptions } from "../options/describe-options.ts";
import { jobDuration } from "./job-duration.ts";
import { JobMenu } from "./job-menu.tsx";
import { JobProgress } from "./job-progress.tsx";
import classes from "./job-row.module.css";
import { columnLabels, type OptionalColumn } from "./jobs-view.ts";
import { canCancel, canRetry } from "./status.ts";
import { StatusBadge } from "./status-badge.tsx";
import { useJobActions } from "./use-job-actions.ts";
import { useLiveJob } from "./use-live-job.ts";

const icon = { size: 18, stroke: 1.7 };
const button = { variant: "subtle", color: "gray", size: "lg" } as const;

const cells: Record<OptionalColumn, (job: Job) => ReactNode> = {
  size: ({ input }) => formatBytes(input.bytes),
  rows: ({ result }) => result && formatRows(result.rows),
  output: ({ result }) => result && formatBytes(result.bytes),
  duration: (job) => {
    const duration = jobDuration(job);
    return duration === undefined ? null : formatDuration(duration);
  },
  created: ({ createdAt }) => <Ago time={createdAt} />,
};

/** The one thing a person most likely wants next. */
function NextAction({ job, tabIndex }: { job: Job; tabIndex: number }) {
  const { jobId, filename, status, result } = job;
  const { cancel, retry } = useJobActions(job);
  if (result) {
    return (
      <ActionIcon
        {...button}
        component="a"
        href={downloadUrl(jobId)}
        tabIndex={tabIndex}
        aria-label={`Download the JSON of ${filename}`}
      >
        <IconDownload {...icon} />
      </ActionIcon>
    );
  }
  if (canCancel(status)) {
    return (
      <ActionIcon
        {...button}
        tabIndex={tabIndex}
        onClick={() => cancel.mutate()}
        aria-label={`Cancel ${filename}`}
      >
        <IconPlayerStop {...icon} />
      </ActionIcon>
    );
  }
  if (canRetry(status)) {
    return (
      <ActionIcon
        {...button}
        tabIndex={tabIndex}
        onClick={() => retry.mutate(undefined)}
        aria-label={`Try ${filename} again`}
      >
        <IconRefresh {...icon} />
      </ActionIcon>
    );
  }
  return null;
}

interface JobRowProps {
  ref: Ref<HTMLTableRowElement>;
  job: Job;
  /** Its place among the shown, from 0. */
  index: number;
  /** Pixels from the top of the list. */
  offset: number;
  columns: readonly OptionalColumn[];
  /** Whether Tab reaches it and what is in it. */
  isActive: boolean;
  isSelected: boolean;
  onToggle: (jobId: string, range: boolean) => void;
  onActive: (jobId: string) => void;
}

export const JobRow = memo(function JobRow(props: JobRowProps) {
  const { ref, job: listed, index, offset, columns, isActive, isSelected, onToggle, onActive } = props;
  const job = useLiveJob(listed);
  const { jobId, filename, status, options, error } = job;
  const tabIndex = isActive ? 0 : -1;

  return (
    <tr
      ref={ref}
      data-index={index}
      // The head is the first.
      aria-rowindex={index + 2}
      aria-selected={isSelected}
      tabIndex={tabIndex}
      className={classes.row}
      style={{ transform: `translateY(${offset}px)` }}
      onFocus={() => onActive(jobId)}
    >
      <td className={classes.select}>
        <input
          type="checkbox"
          className={classes.check}
          tabIndex={tabIndex}
          aria-label={`Select ${filename}`}
          checked={isSelected}
          onChange={(event) =>
            onToggle(jobId, event.nativeEvent instanceof MouseEvent && event.nativeEvent.shiftKey)
          }
        />
      </td>
      <td className={classes.file}>
        <Link
          to="/jobs/$jobId"
          params={{ jobId }}
          className={classes.name}
          title={filename}
          tabIndex={tabIndex}
        >
          {filename}
        </Link>
        <div className={classes.options}>{summarizeOptions(options)}</div>
      </td>
      <td className={classes.status}>
        <StatusBadge status={status} />
        {status === "RUNNING" && <JobProgress job={job} />}
      </td>
      {columns.map((column) => (
        <td key={column} className={classes.value} data-column={column} data-label={columnLabels[column]}>
          {cells[column](job)}
        </td>
      ))}
      <td className={classes.actions}>
        <NextAction job={job} tabIndex={tabIndex} />
        <JobMenu job={job} tabIndex={tabIndex} />
      </td>
      {error && (
        <td className={classes.error} title={error.message}>
          <code>{error.code}</code> {error.message}
        </td>
      )}
    </tr>
  );
});
