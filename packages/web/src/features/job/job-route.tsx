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
      // Paging rows replaces history; switching views pushes.
      onViewChange={(search) => navigate({ search, replace: search.view === view.view, resetScroll: false })}
    />
  );
}
