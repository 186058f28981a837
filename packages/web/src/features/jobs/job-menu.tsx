import { Menu } from "@mantine/core";
import {
  IconCircleX,
  IconDots,
  IconDownload,
  IconExternalLink,
  IconLink,
  IconRefresh,
  IconTrash,
} from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import type { JobSummary } from "@unparquet/core/job/schema";
import { useLayoutEffect, useRef, useState } from "react";
import { downloadUrl } from "../../api/client.ts";
import { canCancel, canDelete, canRetry } from "../../api/status.ts";
import { confirmDelete } from "./confirm-delete.tsx";
import { askToConvertAgain } from "./convert-again.tsx";
import { copyLink } from "./copy-link.ts";
import classes from "./row-button.module.css";
import { useJobActions } from "./use-job-actions.ts";

const icon = { size: 16, stroke: 1.7 };

function JobChoices({ job }: { job: JobSummary }) {
  const { jobId, status, result } = job;
  const { cancel, retry, remove } = useJobActions(job);
  return (
    <>
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
        <Menu.Item leftSection={<IconCircleX {...icon} />} onClick={() => cancel.mutate()}>
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
    </>
  );
}

interface JobMenuProps {
  job: JobSummary;
  tabIndex: number;
}

/** Everything one can do with a job of the list. The menu is made when it is asked for: a list has hundreds of rows. */
export function JobMenu({ job, tabIndex }: JobMenuProps) {
  const [isMade, setMade] = useState(false);
  const [isOpen, setOpen] = useState(false);
  const target = useRef<HTMLButtonElement>(null);
  // The menu's target stands in for the button that had the focus, and gets it back when the menu closes.
  useLayoutEffect(() => {
    if (!isMade) return;
    target.current?.focus({ preventScroll: true });
    setOpen(true);
  }, [isMade]);

  const button = (
    <button
      ref={target}
      type="button"
      className={classes.button}
      tabIndex={tabIndex}
      aria-label={`Actions for ${job.filename}`}
      {...(!isMade && { "aria-haspopup": "menu", "aria-expanded": false, onClick: () => setMade(true) })}
    >
      <IconDots size={18} stroke={1.7} />
    </button>
  );
  if (!isMade) return button;
  return (
    <Menu position="bottom-end" width={190} opened={isOpen} onChange={setOpen}>
      <Menu.Target>{button}</Menu.Target>
      <Menu.Dropdown>
        <JobChoices job={job} />
      </Menu.Dropdown>
    </Menu>
  );
}
