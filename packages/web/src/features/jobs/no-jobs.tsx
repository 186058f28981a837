import { Button, Code, EmptyState, Group, Text } from "@mantine/core";
import { IconStack2 } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { apiOrigin } from "../../api/client.ts";
import { addFiles } from "../add-files/add-files.ts";
import classes from "./no-jobs.module.css";

interface NoJobsProps {
  isFiltered: boolean;
  /** Whether all there are have been looked through. */
  isLoaded: boolean;
  onShowAll: () => void;
}

/** An empty list says why it is empty and what to do. */
export function NoJobs({ isFiltered, isLoaded, onShowAll }: NoJobsProps) {
  if (!isFiltered) return <FirstSteps />;
  return (
    <Group gap="sm" justify="center" p="md">
      <Text size="sm">{isLoaded ? "No jobs match these filters" : "None yet. Loading older jobs…"}</Text>
      <Button size="xs" variant="default" onClick={onShowAll}>
        Clear filters
      </Button>
    </Group>
  );
}

async function chooseSample(): Promise<void> {
  const response = await fetch("/sample.parquet");
  if (!response.ok) throw new Error(`The sample could not be fetched: HTTP status ${response.status}.`);
  addFiles([new File([await response.blob()], "sample.parquet")]);
  window.scrollTo({ top: 0 });
}

function FirstSteps() {
  const sample = useMutation({ mutationFn: chooseSample });
  return (
    <EmptyState py="xl" px="md">
      <EmptyState.Indicator>
        <IconStack2 stroke={1.3} />
      </EmptyState.Indicator>
      <EmptyState.Title>No jobs yet</EmptyState.Title>
      <ol className={classes.steps}>
        <li>
          <b>Drop</b> Parquet files above. Each becomes a job.
        </li>
        <li>
          <b>Watch</b> it here: queued, running, done.
        </li>
        <li>
          <b>Download</b> the JSON, or share its link.
        </li>
      </ol>
      <EmptyState.Actions>
        <Button loading={sample.isPending} onClick={() => sample.mutate()}>
          Try it with a sample
        </Button>
      </EmptyState.Actions>
      {sample.error && (
        <p role="alert" className={classes.failure}>
          {sample.error.message}
        </p>
      )}
      <details className={classes.terminal}>
        <summary>From a terminal, for files up to 4 MiB</summary>
        <Code block className={classes.code}>
          {`curl --data-binary @trips.parquet \\
  -H 'Content-Type: application/vnd.apache.parquet' \\
  '${apiOrigin}/upload?filename=trips.parquet'

curl --json '{"jobId": "job_…"}' ${apiOrigin}/trigger-job`}
        </Code>
      </details>
    </EmptyState>
  );
}
