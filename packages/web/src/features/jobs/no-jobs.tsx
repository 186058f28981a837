import { Button, Code, EmptyState } from "@mantine/core";
import { IconFilterOff, IconStack2 } from "@tabler/icons-react";
import type { JobStatus } from "@unparquet/core/job/schema";
import { apiOrigin } from "../../api/client.ts";
import classes from "./no-jobs.module.css";
import { statusLabel } from "./status.ts";

const list = new Intl.ListFormat("en-GB", { type: "disjunction" });

interface NoJobsProps {
  status: JobStatus[];
  onShowAll: () => void;
}

/** An empty list says why it is empty and what to do. */
export function NoJobs({ status, onShowAll }: NoJobsProps) {
  if (status.length > 0) {
    return (
      <EmptyState py="xl" px="md">
        <EmptyState.Indicator>
          <IconFilterOff stroke={1.3} />
        </EmptyState.Indicator>
        <EmptyState.Title>
          No job is {list.format(status.map((one) => statusLabel(one).toLowerCase()))}
        </EmptyState.Title>
        <EmptyState.Actions>
          <Button variant="default" onClick={onShowAll}>
            Show all jobs
          </Button>
        </EmptyState.Actions>
      </EmptyState>
    );
  }
  return (
    <EmptyState py="xl" px="md">
      <EmptyState.Indicator>
        <IconStack2 stroke={1.3} />
      </EmptyState.Indicator>
      <EmptyState.Title>No jobs yet</EmptyState.Title>
      <EmptyState.Description maw={560}>
        Drop a Parquet file above and it becomes a job here: watch it, then download its JSON. The same works
        from a terminal, for files up to 4 MiB:
      </EmptyState.Description>
      <Code block className={classes.code}>
        {`curl --data-binary @trips.parquet \\
  -H 'Content-Type: application/vnd.apache.parquet' \\
  '${apiOrigin}/upload?filename=trips.parquet'

curl --json '{"jobId": "job_…"}' ${apiOrigin}/trigger-job`}
      </Code>
    </EmptyState>
  );
}
