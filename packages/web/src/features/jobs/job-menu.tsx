import { Menu } from "@mantine/core";
import {
  IconDots,
  IconDownload,
  IconExternalLink,
  IconLink,
  IconPlayerStop,
  IconRefresh,
  IconTrash,
} from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import type { Job } from "@unparquet/core/job/schema";
import { useLayoutEffect, useRef, useState } from "react";
import { downloadUrl } from "../../api/client.ts";
import { confirmDelete } from "./confirm-delete.tsx";
import { copyLink } from "./copy-link.ts";
import button from "./row-button.module.css";
import { canCancel, canDelete, canRetry } from "./status.ts";
import { useJobActions } from "./use-job-actions.ts";

const icon = { size: 16, stroke: 1.7 };

const dots = <IconDots size={18} stroke={1.7} />;

interface JobMenuProps {
  job: Job;
  tabIndex: number;
}

/** Everything one can do with a job of the list. The menu is made when it is asked for: rows come and go by dozens. */
export function JobMenu({ job, tabIndex }: JobMenuProps) {
  const [wanted, setWanted] = useState(false);
  if (wanted) return <OpenedMenu job={job} tabIndex={tabIndex} />;
  return (
    <button
      type="button"
      className={button.button}
      tabIndex={tabIndex}
      aria-haspopup="menu"
      aria-expanded={false}
      aria-label={`Actions for ${job.filename}`}
      onClick={() => setWanted(true)}
    >
      {dots}
    </button>
  );
}

function OpenedMenu({ job, tabIndex }: JobMenuProps) {
  const { jobId, filename, status, result } = job;
  const { cancel, retry, remove } = useJobActions(job);
  const target = useRef<HTMLButtonElement>(null);
  const [opened, setOpened] = useState(false);
  // It stands in for the button that had the focus, and the menu gives the focus back to whatever has it when it opens.
  useLayoutEffect(() => {
    target.current?.focus({ preventScroll: true });
    setOpened(true);
  }, []);

  return (
    <Menu position="bottom-end" width={190} opened={opened} onChange={setOpened}>
      <Menu.Target>
        <button
          ref={target}
          type="button"
          className={button.button}
          tabIndex={tabIndex}
          aria-label={`Actions for ${filename}`}
        >
          {dots}
        </button>
      </Menu.Target>
      <Menu.Dropdown>
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
          <Menu.Item leftSection={<IconRefresh {...icon} />} onClick={() => retry.mutate(undefined)}>
            Try again
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
      </Menu.Dropdown>
    </Menu>
  );
}
