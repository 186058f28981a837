import { Menu } from "@mantine/core";
import {
  IconDownload,
  IconExternalLink,
  IconLink,
  IconPlayerStop,
  IconRefresh,
  IconTrash,
} from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import type { JobSummary } from "@unparquet/core/job/schema";
import { downloadUrl } from "../../api/client.ts";
import { canCancel, canDelete, canRetry } from "../../api/status.ts";
import type { OfButton } from "../../components/menu-button.tsx";
import { OpenedMenu } from "../../components/opened-menu.tsx";
import { confirmDelete } from "./confirm-delete.tsx";
import { askToConvertAgain } from "./convert-again.tsx";
import { copyLink } from "./copy-link.ts";
import { useJobActions } from "./use-job-actions.ts";

const icon = { size: 16, stroke: 1.7 };

export default function JobChoices({ button, job }: { job: JobSummary } & OfButton) {
  const { jobId, status, result } = job;
  const { cancel, retry, remove } = useJobActions(job);
  return (
    <OpenedMenu button={button} position="bottom-end" width={190}>
      <Menu.Item
        leftSection={<IconExternalLink {...icon} />}
        renderRoot={(props) => <Link to="/jobs/$jobId" params={{ jobId }} {...props} />}
      >
        Open
      </Menu.Item>
      {result && (
        <>
          <Menu.Item component="a" href={downloadUrl(jobId)} leftSection={<IconDownload {...icon} />}>
            Download
          </Menu.Item>
          <Menu.Item leftSection={<IconLink {...icon} />} onClick={() => copyLink(result.url)}>
            Copy link
          </Menu.Item>
        </>
      )}
      {canCancel(status) && (
        <Menu.Item leftSection={<IconPlayerStop {...icon} />} onClick={() => cancel.mutate()}>
          Cancel
        </Menu.Item>
      )}
      {canRetry(status) && (
        <Menu.Item
          leftSection={<IconRefresh {...icon} />}
          onClick={() => askToConvertAgain([job], (options) => retry.mutate(options))}
        >
          {result ? "Convert again…" : "Try again…"}
        </Menu.Item>
      )}
      <Menu.Divider />
      <Menu.Item
        c="var(--danger)"
        disabled={!canDelete(status)}
        leftSection={<IconTrash {...icon} />}
        onClick={() => confirmDelete(job, () => remove.mutate())}
      >
        Delete
      </Menu.Item>
    </OpenedMenu>
  );
}
