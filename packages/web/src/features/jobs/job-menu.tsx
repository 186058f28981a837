import { IconDots } from "@tabler/icons-react";
import type { JobSummary } from "@unparquet/core/job/schema";
import { prefetched } from "../../components/fetch-part.ts";
import { MenuButton } from "../../components/menu-button.tsx";
import button from "./row-button.module.css";

const load = prefetched(() => import("./job-choices.tsx"));

/** Everything one can do with a job of the list. */
export function JobMenu({ job, tabIndex }: { job: JobSummary; tabIndex: number }) {
  return (
    <MenuButton
      button={
        <button
          type="button"
          className={button.button}
          tabIndex={tabIndex}
          aria-label={`Actions for ${job.filename}`}
        >
          <IconDots size={18} stroke={1.7} />
        </button>
      }
      load={load}
      menu={{ job }}
    />
  );
}
