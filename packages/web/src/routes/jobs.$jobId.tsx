import { createFileRoute } from "@tanstack/react-router";
import { jobQuery } from "../api/queries.ts";
import { JobPage } from "../features/job/job-page.tsx";

export const Route = createFileRoute("/jobs/$jobId")({
  loader: ({ context: { queryClient }, params: { jobId } }) => {
    void queryClient.prefetchQuery(jobQuery(jobId));
  },
  component: function Job() {
    const { jobId } = Route.useParams();
    return <JobPage key={jobId} jobId={jobId} />;
  },
});
