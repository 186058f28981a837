import { Stack, VisuallyHidden } from "@mantine/core";
import { createFileRoute } from "@tanstack/react-router";
import { newestJobsQuery } from "../api/queries.ts";
import { JobList } from "../features/jobs/job-list.tsx";
import { type JobsView, parseJobsView } from "../features/jobs/jobs-view.ts";
import { UploadPanel } from "../features/upload/upload-panel.tsx";

export const Route = createFileRoute("/")({
  validateSearch: (search: Record<string, unknown>): JobsView => parseJobsView(search),
  // Not awaited: the page shows at once, and says by itself when the API does not answer.
  loader: ({ context: { queryClient } }) => {
    void queryClient.prefetchQuery(newestJobsQuery);
  },
  component: Jobs,
});

function Jobs() {
  const view = Route.useSearch();
  const navigate = Route.useNavigate();

  return (
    <Stack gap="xl">
      <title>unparquet</title>
      <VisuallyHidden component="h1">Convert Parquet files to JSON</VisuallyHidden>
      <UploadPanel />
      <JobList
        view={view}
        onViewChange={(change, again = false) =>
          navigate({
            search: (before) => parseJobsView({ ...before, ...change }),
            replace: again,
            resetScroll: false,
          })
        }
      />
    </Stack>
  );
}
