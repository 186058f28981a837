import { IconCircleX, IconDownload, IconRefresh } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { JobSummary } from "@unparquet/core/job/schema";
import { memo, type Ref } from "react";
import { downloadUrl } from "../../api/client.ts";
import { jobQuery } from "../../api/queries.ts";
import { canCancel, canRetry } from "../../api/status.ts";
import { summarizeOptions } from "../options/describe-options.ts";
import { JobMenu } from "./job-menu.tsx";
import { JobProgress } from "./job-progress.tsx";
import classes from "./job-row.module.css";
import { JobStatus } from "./job-status.tsx";
import { headOf, type JobsColumn } from "./jobs-columns.tsx";
import button from "./row-button.module.css";
import { useJobActions } from "./use-job-actions.ts";

const icon = { size: 18, stroke: 1.7 };
const icons = {
  download: <IconDownload {...icon} />,
  cancel: <IconCircleX {...icon} />,
  retry: <IconRefresh {...icon} />,
};

interface ActionProps {
  job: JobSummary;
  tabIndex: number;
}

/** The one thing a person most likely wants next. */
function NextAction({ job, tabIndex }: ActionProps) {
  const { jobId, filename, status, result } = job;
  if (result) {
    return (
      <a
        className={button.button}
        href={downloadUrl(jobId)}
        tabIndex={tabIndex}
        aria-label={`Download the JSON of ${filename}`}
      >
        {icons.download}
      </a>
    );
  }
  if (canCancel(status)) return <CancelButton job={job} tabIndex={tabIndex} />;
  if (canRetry(status)) return <RetryButton job={job} tabIndex={tabIndex} />;
  return null;
}

function CancelButton({ job, tabIndex }: ActionProps) {
  const { cancel } = useJobActions(job);
  return (
    <button
      type="button"
      className={button.button}
      tabIndex={tabIndex}
      onClick={() => cancel.mutate()}
      aria-label={`Cancel ${job.filename}`}
    >
      {icons.cancel}
    </button>
  );
}

function RetryButton({ job, tabIndex }: ActionProps) {
  const { retry } = useJobActions(job);
  return (
    <button
      type="button"
      className={button.button}
      tabIndex={tabIndex}
      onClick={() => retry.mutate(undefined)}
      aria-label={`Try ${job.filename} again`}
    >
      {icons.retry}
    </button>
  );
}

/** The progress only the job's own route knows. */
function LiveProgress({ job }: { job: JobSummary }) {
  const { data } = useQuery(jobQuery(job.jobId));
  return <JobProgress job={data && data.updatedAt >= job.updatedAt ? data : job} />;
}

interface JobRowProps {
  ref: Ref<HTMLTableRowElement>;
  job: JobSummary;
  /** Its place among the shown, from 0. */
  index: number;
  /** Pixels from the top of the list. */
  offset: number;
  /** Those besides name and status. */
  columns: readonly JobsColumn[];
  /** Whether Tab reaches it and what is in it. */
  isActive: boolean;
  isSelected: boolean;
  onToggle: (jobId: string, range: boolean) => void;
  onActive: (jobId: string) => void;
}

export const JobRow = memo(function JobRow(props: JobRowProps) {
  const { ref, job, index, offset, columns, isActive, isSelected, onToggle, onActive } = props;
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
          dir="auto"
          tabIndex={tabIndex}
        >
          {filename}
        </Link>
        <div className={classes.options}>{summarizeOptions(options)}</div>
      </td>
      <td className={classes.status}>
        <JobStatus job={job} />
        {status === "RUNNING" && <LiveProgress job={job} />}
      </td>
      {columns.map((column) => (
        <td key={column.id} className={classes.value} data-column={column.id} data-label={headOf(column)}>
          {column.columnDef.meta?.show(job)}
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
