import { useQuery } from "@tanstack/react-query";
import type { JobBook } from "../../api/job-book.ts";
import { jobsQuery, newestJobsQuery, olderJobsQuery } from "../../api/queries.ts";

/** Every job, kept up to date while it is on screen; undefined until the first answer. */
export function useJobs(since: string | undefined): JobBook | undefined {
  const { data: book } = useQuery(jobsQuery);
  useQuery(newestJobsQuery);
  useQuery(olderJobsQuery(book, since));
  return book;
}
