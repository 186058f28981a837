import { Anchor, Button, Group, Title } from "@mantine/core";
import {
  IconArrowLeft,
  IconCircleX,
  IconDownload,
  IconLink,
  IconPlayerPlay,
  IconRefresh,
  IconTrash,
} from "@tabler/icons-react";
import { Link, useNavigate } from "@tanstack/react-router";
import type { Job } from "@unparquet/core/job/schema";
import { downloadUrl } from "../../api/client.ts";
import { canCancel, canDelete, canRetry } from "../../api/status.ts";
import { useUploadOf } from "../add-files/upload/uploads.ts";
import { confirmDelete } from "../jobs/confirm-delete.tsx";
import { askToConvertAgain } from "../jobs/convert-again.tsx";
import { copyLink } from "../jobs/copy-link.ts";
import { JobStatus } from "../jobs/job-status.tsx";
import { lastSearch } from "../jobs/jobs-search.ts";
import { useJobActions } from "../jobs/use-job-actions.ts";
import { isPermanent } from "./advice.ts";
import classes from "./job-header.module.css";

const icon = { size: 17, stroke: 1.7 };

export function JobHeader({ job }: { job: Job }) {
  return (
    <div>
      <Anchor size="sm" c="dimmed" renderRoot={(props) => <Link to="/" search={lastSearch()} {...props} />}>
        <Group gap={4} component="span" display="inline-flex">
          <IconArrowLeft size={15} stroke={1.7} />
          Jobs
        </Group>
      </Anchor>
      <div className={classes.head}>
        <div className={classes.title}>
          <Title order={1} size="h2" dir="auto" className={classes.name}>
            {job.filename}
          </Title>
          <JobStatus job={job} size="lg" />
        </div>
        <Actions job={job} />
      </div>
    </div>
  );
}

function Actions({ job }: { job: Job }) {
  const { jobId, status, result, error } = job;
  const { start, cancel, retry, remove } = useJobActions(job);
  const upload = useUploadOf(jobId);
  const navigate = useNavigate();

  const askForRetry = () => askToConvertAgain([job], (chosen) => retry.mutate(chosen));
  const askForDelete = () =>
    confirmDelete(job, () =>
      remove.mutate(undefined, {
        onSuccess: () => navigate({ to: "/", search: lastSearch(), replace: true }),
      }),
    );

  return (
    <Group gap="xs" className={classes.actions}>
      {result && (
        <>
          <Button component="a" href={downloadUrl(jobId)} leftSection={<IconDownload {...icon} />}>
            Download
          </Button>
          <Button variant="default" leftSection={<IconLink {...icon} />} onClick={() => copyLink(result.url)}>
            Copy link
          </Button>
        </>
      )}
      {status === "PENDING_UPLOAD" && !upload && (
        <Button
          leftSection={<IconPlayerPlay {...icon} />}
          loading={start.isPending}
          onClick={() => start.mutate()}
        >
          Start
        </Button>
      )}
      {canCancel(status) && (
        <Button
          variant="default"
          leftSection={<IconCircleX {...icon} />}
          loading={cancel.isPending}
          onClick={() => cancel.mutate()}
        >
          Cancel
        </Button>
      )}
      {canRetry(status) && (
        <Button
          variant={result || (error && isPermanent(error.code)) ? "default" : "filled"}
          leftSection={<IconRefresh {...icon} />}
          loading={retry.isPending}
          onClick={askForRetry}
        >
          {result ? "Convert again" : "Try again"}
        </Button>
      )}
      {canDelete(status) && (
        <Button
          variant="default"
          leftSection={<IconTrash {...icon} />}
          loading={remove.isPending}
          onClick={askForDelete}
        >
          Delete
        </Button>
      )}
    </Group>
  );
}
