import { getRouteApi } from "@tanstack/react-router";
import { JobPage } from "./job-page.tsx";

const route = getRouteApi("/jobs/$jobId");

export default function JobRoute() {
  const { jobId } = route.useParams();
  const view = route.useSearch();
  const navigate = route.useNavigate();
  return (
    <JobPage
      key={jobId}
      jobId={jobId}
      view={view}
      // Going through the rows is no way one would want to go back by; opening the tree is.
      onViewChange={(search) => navigate({ search, replace: search.view === view.view, resetScroll: false })}
    />
  );
}
