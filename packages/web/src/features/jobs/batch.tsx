import { Anchor, Button, Group, Paper, Progress, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { JobSummary } from "@unparquet/core/job/schema";
import { jobsQuery } from "../../api/queries.ts";
import { formatCount } from "../../components/format.ts";
import { isOver, type Upload } from "../add-files/upload/upload-queue.ts";
import { uploads, useUploads } from "../add-files/upload/uploads.ts";
import classes from "./batch.module.css";
import { DownloadButton } from "./download-button.tsx";
import { summarizeBatch } from "./summarize-batch.ts";

/** Failures that are shown with their reasons. */
const shownFailures = 3;

/** For files that were added together: how far they are, uploads and conversions as one. */
export function Batches() {
  const list = useUploads();
  const { data: book } = useQuery(jobsQuery);
  const jobs = book?.jobs;
  const batches = new Map<number, Upload[]>();
  for (const upload of list) batches.set(upload.batch, [...(batches.get(upload.batch) ?? []), upload]);
  const shown = [...batches].filter(([, { length }]) => length > 1).reverse();
  if (jobs === undefined || shown.length === 0) return null;

  const byId = new Map(jobs.map((job) => [job.jobId, job]));
  return shown.map(([number, batch]) => <Batch key={number} batch={batch} jobs={byId} />);
}

function Batch({ batch, jobs }: { batch: readonly Upload[]; jobs: ReadonlyMap<string, JobSummary> }) {
  const { share, isDone, counts, failures, results } = summarizeBatch(batch, jobs);
  const label = `Files added together: ${batch[0]?.file.name} and ${formatCount(batch.length - 1)} more`;
  const more = failures.length - shownFailures;
  return (
    <Paper withBorder role="group" className={classes.batch} aria-label={label}>
      <Group justify="space-between" gap="xs">
        <Text size="sm" fw={600} className={classes.counts}>
          {counts.join(" · ")}
        </Text>
        <Group gap="xs">
          {isDone && <DownloadButton jobs={results}>Download all</DownloadButton>}
          {batch.every(isOver) && (
            <Button
              variant="subtle"
              color="gray"
              size="compact-md"
              onClick={() => uploads.remove(...batch.map(({ id }) => id))}
            >
              Hide
            </Button>
          )}
        </Group>
      </Group>
      {!isDone && <Progress size={4} mt={8} value={share * 100} aria-label="Upload and conversion of all" />}
      {failures.length > 0 && (
        <ul className={classes.failures} aria-label="Failed files">
          {failures.slice(0, shownFailures).map(({ id, filename, jobId, reason }) => (
            <li key={id}>
              {jobId === undefined ? (
                filename
              ) : (
                <Anchor
                  inherit
                  underline="always"
                  renderRoot={(props) => <Link to="/jobs/$jobId" params={{ jobId }} {...props} />}
                >
                  {filename}
                </Anchor>
              )}
              : {reason}
            </li>
          ))}
          {more > 0 && <li>And {formatCount(more)} more.</li>}
        </ul>
      )}
    </Paper>
  );
}
