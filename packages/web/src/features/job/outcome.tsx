import { Anchor, Text } from "@mantine/core";
import type { Job } from "@unparquet/core/job/schema";
import { formatBytes, formatCount, formatDuration, formatRatio } from "../../format.ts";
import { JobProgress } from "../jobs/job-progress.tsx";
import { isMoving } from "../jobs/status.ts";
import { adviceFor } from "./advice.ts";
import classes from "./outcome.module.css";
import { Section } from "./section.tsx";
import { Speed } from "./speed.tsx";

/** What has become of the job so far. */
export function Outcome({ job }: { job: Job }) {
  return (
    <Section title={job.result ? "Result" : isMoving(job.status) ? "Progress" : "Outcome"}>
      <div className={classes.body} data-moving={isMoving(job.status) || undefined}>
        <Body job={job} />
      </div>
    </Section>
  );
}

function Body({ job }: { job: Job }) {
  const { status, input, result, error } = job;
  if (result) return <Result result={result} inputBytes={input.bytes} />;
  if (error) {
    return (
      <div className={classes.error}>
        <Text component="code" className={classes.code}>
          {error.code}
        </Text>
        <p className={classes.message}>{error.message}</p>
        <Text size="sm" c="dimmed">
          {adviceFor(error.code)}
        </Text>
      </div>
    );
  }
  switch (status) {
    case "PENDING_UPLOAD":
      return (
        <Text>The file has not been uploaded yet. Once it is there, the conversion can be started.</Text>
      );
    case "QUEUED":
      return <Text>Accepted. It starts as soon as there is room for another run.</Text>;
    case "RUNNING":
      return (
        <>
          <JobProgress job={job} size="lg" />
          {job.progress && <Speed progress={job.progress} />}
        </>
      );
    case "CANCELLING":
      return <Text>The run has been asked to stop.</Text>;
    case "EXPIRED":
      return <Text>No file arrived within 24 hours. Delete this job and upload the file again.</Text>;
    default:
      return <Text>Cancelled before it was done. Nothing was written; it can be tried again.</Text>;
  }
}

function Result({ result, inputBytes }: { result: NonNullable<Job["result"]>; inputBytes: number }) {
  const { rows, bytes, durationMs, columns, columnsOmitted, url, filename } = result;
  const facts = [
    ["Rows", formatCount(rows)],
    ["Columns", formatCount(columns.length + columnsOmitted)],
    ["Size", formatBytes(bytes)],
    ["Times the input", formatRatio(bytes, inputBytes)],
    ["Took", formatDuration(durationMs)],
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
        <Anchor href={url} size="sm" underline="always">
          {filename}
        </Anchor>{" "}
        can be downloaded by whoever has its link.
      </Text>
    </>
  );
}
