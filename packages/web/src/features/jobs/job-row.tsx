import { ActionIcon, Text } from "@mantine/core";
import { IconDownload, IconPlayerStop, IconRefresh } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import type { Job } from "@unparquet/core/job/schema";
import { downloadUrl } from "../../api/client.ts";
import { Ago } from "../../components/ago.tsx";
import { formatBytes, formatRows } from "../../format.ts";
import { summarizeOptions } from "../options/describe-options.ts";
import { JobMenu } from "./job-menu.tsx";
import { JobProgress } from "./job-progress.tsx";
import classes from "./job-row.module.css";
import { canCancel, canRetry } from "./status.ts";
import { StatusBadge } from "./status-badge.tsx";
import { useJobActions } from "./use-job-actions.ts";
import { useLiveJob } from "./use-live-job.ts";

const icon = { size: 18, stroke: 1.7 };
const button = { variant: "subtle", color: "gray", size: "lg" } as const;

function Outcome({ job }: { job: Job }) {
  if (job.result) {
    return (
      <div className={classes.result}>
        <Text size="sm">{formatRows(job.result.rows)}</Text>
        <Text size="xs" c="dimmed">
          {formatBytes(job.result.bytes)}
        </Text>
      </div>
    );
  }
  if (job.status === "RUNNING") return <JobProgress job={job} />;
  return null;
}

/** The one thing a person most likely wants next. */
function NextAction({ job }: { job: Job }) {
  const { jobId, filename, status, result } = job;
  const { cancel, retry } = useJobActions(job);
  if (result) {
    return (
      <ActionIcon
        {...button}
        component="a"
        href={downloadUrl(jobId)}
        aria-label={`Download the JSON of ${filename}`}
      >
        <IconDownload {...icon} />
      </ActionIcon>
    );
  }
  if (canCancel(status)) {
    return (
      <ActionIcon {...button} onClick={() => cancel.mutate()} aria-label={`Cancel ${filename}`}>
        <IconPlayerStop {...icon} />
      </ActionIcon>
    );
  }
  if (canRetry(status)) {
    return (
      <ActionIcon {...button} onClick={() => retry.mutate(undefined)} aria-label={`Try ${filename} again`}>
        <IconRefresh {...icon} />
      </ActionIcon>
    );
  }
  return null;
}

export function JobRow({ job: listed }: { job: Job }) {
  const job = useLiveJob(listed);
  const { jobId, filename, status, input, options, createdAt, error } = job;

  return (
    <li className={classes.row}>
      <div className={classes.file}>
        <Link to="/jobs/$jobId" params={{ jobId }} className={classes.name} title={filename}>
          {filename}
        </Link>
        <Text size="xs" c="dimmed" truncate>
          {formatBytes(input.bytes)} · {summarizeOptions(options)}
        </Text>
      </div>
      <div className={classes.status}>
        <StatusBadge status={status} />
      </div>
      <div className={classes.outcome}>
        <Outcome job={job} />
      </div>
      <Text size="sm" c="dimmed" className={classes.time}>
        <Ago time={createdAt} />
      </Text>
      <div className={classes.actions}>
        <NextAction job={job} />
        <JobMenu job={job} />
      </div>
      {error && (
        <p className={classes.error}>
          <code>{error.code}</code> {error.message}
        </p>
      )}
    </li>
  );
}
