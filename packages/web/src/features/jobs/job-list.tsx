import { Button, Group, Paper, Skeleton, Title } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import type { JobStatus } from "@unparquet/core/job/schema";
import { jobsQuery } from "../../api/queries.ts";
import classes from "./job-list.module.css";
import { JobRow } from "./job-row.tsx";
import { NoJobs } from "./no-jobs.tsx";
import { StatusFilter } from "./status-filter.tsx";
import { useStatusAnnouncements } from "./use-status-announcements.ts";

interface JobListProps {
  status: JobStatus[];
  onStatusChange: (status: JobStatus[]) => void;
}

export function JobList({ status, onStatusChange }: JobListProps) {
  const query = useInfiniteQuery(jobsQuery(status));
  const jobs = query.data?.pages.flatMap((page) => page.jobs) ?? [];
  useStatusAnnouncements(jobs);

  return (
    <section aria-labelledby="jobs">
      <Group justify="space-between" gap="sm" className={classes.head}>
        <Title order={2} size="h4" id="jobs">
          Jobs
        </Title>
        <StatusFilter value={status} onChange={onStatusChange} />
      </Group>
      <Paper withBorder className={classes.paper} data-stale={query.isPlaceholderData || undefined}>
        {query.data === undefined ? (
          <WaitingRows />
        ) : jobs.length === 0 && !query.hasNextPage ? (
          <NoJobs status={status} onShowAll={() => onStatusChange([])} />
        ) : (
          <ul className={classes.list}>
            {jobs.map((job) => (
              <JobRow key={job.jobId} job={job} />
            ))}
          </ul>
        )}
      </Paper>
      {query.hasNextPage && (
        <Group justify="center" mt="md">
          <Button variant="default" loading={query.isFetchingNextPage} onClick={() => query.fetchNextPage()}>
            Load more
          </Button>
        </Group>
      )}
    </section>
  );
}

function WaitingRows() {
  return (
    <div aria-busy="true" role="status" aria-label="Loading the jobs">
      {["a", "b", "c", "d"].map((key) => (
        <div key={key} className={classes.waiting}>
          <Skeleton height={14} width="38%" />
          <Skeleton height={10} width="22%" mt={8} />
        </div>
      ))}
    </div>
  );
}
