import { createFileRoute } from "@tanstack/react-router";
import { jobQuery } from "../api/queries.ts";
import { JobPage } from "../features/job/job-page.tsx";
import { parseResultView } from "../features/result/view.ts";

export const Route = createFileRoute("/jobs/$jobId")({
  validateSearch: parseResultView,
  loader: ({ context: { queryClient }, params: { jobId } }) => {
    void queryClient.prefetchQuery(jobQuery(jobId));
  },
  component: function Job() {
    const { jobId } = Route.useParams();
    const view = Route.useSearch();
    const navigate = Route.useNavigate();
    return (
      <JobPage
        key={jobId}
        jobId={jobId}
        view={view}
        // Going through the rows is no way one would want to go back by; opening the tree is.
        onViewChange={(search) =>
          navigate({ search, replace: search.view === view.view, resetScroll: false })
        }
      />
    );
  },
});
