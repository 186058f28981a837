import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { jobsQuery, newestJobsQuery } from "../../../api/queries.ts";
import { useChangedJobs } from "../use-changed-jobs.ts";
import { describeEnded, type Notice } from "./describe-ended.ts";
import { useNotifySetting } from "./setting.ts";

/** Where the user wants it, keeps looking at the jobs while the page is out of sight, and tells of long ones that ended. */
export function JobWatch() {
  const { on } = useNotifySetting();
  return on ? <Watch /> : null;
}

function Watch() {
  const navigate = useNavigate();
  const { data: book } = useQuery(jobsQuery);
  useQuery({ ...newestJobsQuery, refetchIntervalInBackground: true });

  const show = ({ title, body, tag, jobId }: Notice) => {
    const notification = new Notification(title, { body, tag });
    notification.onclick = () => {
      window.focus();
      notification.close();
      void (jobId ? navigate({ to: "/jobs/$jobId", params: { jobId } }) : navigate({ to: "/" }));
    };
  };
  useChangedJobs(book?.jobs ?? none, (changes) => {
    if (document.visibilityState === "hidden" || !document.hasFocus()) describeEnded(changes).forEach(show);
  });
  return null;
}

const none: never[] = [];
