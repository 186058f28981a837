import "./mantine.css";
import { Button, Grid, SimpleGrid, Skeleton, Stack } from "@mantine/core";
import { IconFileOff } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ApiError } from "../../api/error.ts";
import { jobQuery, listedJob } from "../../api/queries.ts";
import { isMoving, statusLabel } from "../../api/status.ts";
import { isolate } from "../../components/format.ts";
import { MessagePage } from "../../components/message-page.tsx";
import { describeUpload } from "../add-files/upload/upload-words.ts";
import { useUploadOf } from "../add-files/upload/uploads.ts";
import { useStatusAnnouncements } from "../jobs/use-status-announcements.ts";
import { Attempts } from "./attempts.tsx";
import { Columns } from "./columns.tsx";
import { Details } from "./details.tsx";
import { JobHeader } from "./job-header.tsx";
import { Outcome } from "./outcome.tsx";
import { AwaitedPreview, LazyPreview } from "./result/lazy-preview.tsx";
import type { ResultView } from "./result/view.ts";
import { UseIt } from "./snippets/use-it.tsx";

interface JobPageProps {
  jobId: string;
  view: ResultView;
  onViewChange: (view: ResultView) => void;
}

export function JobPage({ jobId, view, onViewChange }: JobPageProps) {
  const queryClient = useQueryClient();
  const {
    data: job,
    error,
    isPlaceholderData,
  } = useQuery({
    ...jobQuery(jobId),
    placeholderData: () => listedJob(queryClient, jobId),
  });
  useStatusAnnouncements(job ? [job] : []);
  const upload = useUploadOf(jobId);

  // An id that is none answers 400, one of no job 404.
  if (error instanceof ApiError && (error.status === 404 || error.status === 400))
    return <UnknownJob jobId={jobId} />;
  if (job === undefined) return <WaitingJob />;

  const about = (
    <>
      <Details job={job} />
      {!isPlaceholderData && <Attempts job={job} />}
    </>
  );
  return (
    <Stack gap="lg">
      <title>{`${isolate(job.filename)} · ${upload ? describeUpload(upload) : statusLabel(job.status)} · unparquet`}</title>
      <JobHeader job={job} />
      <Outcome job={job} />
      {isMoving(job.status) && <AwaitedPreview />}
      {job.result && (
        <LazyPreview
          key={job.result.url}
          result={job.result}
          options={job.options}
          {...view}
          onViewChange={onViewChange}
        />
      )}
      {job.result ? (
        <Grid gap="lg">
          <Grid.Col span={{ base: 12, md: 8 }}>
            <Stack gap="lg">
              <UseIt result={job.result} options={job.options} />
              <Columns result={job.result} />
            </Stack>
          </Grid.Col>
          <Grid.Col span={{ base: 12, md: 4 }}>
            <Stack gap="lg">{about}</Stack>
          </Grid.Col>
        </Grid>
      ) : (
        <SimpleGrid cols={{ base: 1, md: 2 }} spacing="lg">
          {about}
        </SimpleGrid>
      )}
    </Stack>
  );
}

function UnknownJob({ jobId }: { jobId: string }) {
  return (
    <>
      <title>Job not found · unparquet</title>
      <MessagePage
        icon={<IconFileOff stroke={1.3} />}
        title="Job not found"
        description={
          <>
            <code>{jobId}</code>
            <br />
            It may have been deleted, or the link is incomplete.
          </>
        }
        action={<Button renderRoot={(props) => <Link to="/" {...props} />}>See all jobs</Button>}
      />
    </>
  );
}

function WaitingJob() {
  return (
    <Stack gap="lg" aria-busy="true" role="status" aria-label="Loading the job">
      <Skeleton height={14} width={70} />
      <Skeleton height={34} width="45%" />
      <Grid gap="lg">
        <Grid.Col span={{ base: 12, md: 8 }}>
          <Skeleton height={140} />
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 4 }}>
          <Skeleton height={300} />
        </Grid.Col>
      </Grid>
    </Stack>
  );
}
