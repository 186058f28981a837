import { Anchor, Progress, Text } from "@mantine/core";
import { useNetwork } from "@mantine/hooks";
import type { Job } from "@unparquet/core/job/schema";
import { isMoving } from "../../api/status.ts";
import { formatBytes, formatCount, formatDuration, formatRatio } from "../../components/format.ts";
import { Section } from "../../components/section.tsx";
import { describeState, shareOf } from "../add-files/upload/upload-words.ts";
import { useUploadOf } from "../add-files/upload/uploads.ts";
import { jobDuration } from "../jobs/job-duration.ts";
import { JobProgress } from "../jobs/job-progress.tsx";
import { adviceFor } from "./advice.ts";
import classes from "./outcome.module.css";
import { Speed } from "./speed.tsx";

/** What has become of the job so far. */
export function Outcome({ job }: { job: Job }) {
  const isWaiting = isMoving(job.status) || job.status === "PENDING_UPLOAD";
  return (
    <Section
      title={job.result ? "Result" : isMoving(job.status) ? "Progress" : job.error ? "Error" : "Status"}
    >
      <div className={classes.body} data-moving={isWaiting || undefined}>
        <Body job={job} />
      </div>
    </Section>
  );
}

function Body({ job }: { job: Job }) {
  const { status, input, result, error } = job;
  if (result) return <Result result={result} inputBytes={input.bytes} duration={jobDuration(job)} />;
  if (error) {
    return (
      <div className={classes.error}>
        <Text component="code" className={classes.code}>
          {error.code}
        </Text>
        <p className={classes.message}>{error.message}</p>
        <Text size="sm" c="dimmed">
          {adviceFor(error.code, job.options)}
        </Text>
      </div>
    );
  }
  switch (status) {
    case "PENDING_UPLOAD":
      return <Pending jobId={job.jobId} />;
    case "QUEUED":
      return <Text>Queued. Starts when a run is free.</Text>;
    case "RUNNING":
      return (
        <>
          <JobProgress job={job} size="lg" />
          {job.progress && <Speed progress={job.progress} />}
        </>
      );
    case "CANCELLING":
      return <Text>Stopping the run…</Text>;
    case "EXPIRED":
      return <Text>No file arrived within 24 hours. Delete this job and upload the file again.</Text>;
    default:
      return <Text>Cancelled before it finished. Nothing was written.</Text>;
  }
}

function Pending({ jobId }: { jobId: string }) {
  const upload = useUploadOf(jobId);
  const { online } = useNetwork();
  if (!upload)
    return <Text>The file has not been uploaded yet. You can start the conversion once it is.</Text>;
  const share = shareOf(upload);
  return (
    <>
      {share !== undefined && (
        <Progress size={10} mb="xs" value={share * 100} aria-label="Upload of the file" />
      )}
      <Text size="sm" c="dimmed">
        {describeState(upload, online)}
      </Text>
    </>
  );
}

interface ResultProps {
  result: NonNullable<Job["result"]>;
  inputBytes: number;
  duration: number | undefined;
}

function Result({ result, inputBytes, duration }: ResultProps) {
  const { rows, bytes, columns, columnsOmitted, url, filename } = result;
  const facts = [
    ["Rows", formatCount(rows)],
    ["Columns", formatCount(columns.length + columnsOmitted)],
    ["Size", formatBytes(bytes)],
    ["vs. input", formatRatio(bytes, inputBytes)],
    ["Took", duration === undefined ? "–" : formatDuration(duration)],
  ];
  return (
    <>
      <dl className={classes.facts}>
        {facts.map(([label, value]) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <Text size="sm" c="dimmed" className={classes.link}>
        Anyone with the link can download{" "}
        <Anchor href={url} size="sm" underline="always" dir="auto">
          {filename}
        </Anchor>
        .
      </Text>
    </>
  );
}
