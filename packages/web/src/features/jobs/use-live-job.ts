import { useQuery } from "@tanstack/react-query";
import type { Job } from "@unparquet/core/job/schema";
import { jobQuery } from "../../api/queries.ts";

/** A listed job with the progress only its own route knows: asked for while it runs. */
export function useLiveJob(listed: Job): Job {
  const { data } = useQuery({ ...jobQuery(listed.jobId), enabled: listed.status === "RUNNING" });
  return data !== undefined && data.updatedAt >= listed.updatedAt ? data : listed;
}
