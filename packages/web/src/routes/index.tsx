import { Stack, VisuallyHidden } from "@mantine/core";
import { createFileRoute } from "@tanstack/react-router";
import type { JobStatus } from "@unparquet/core/job/schema";
import { jobsQuery } from "../api/queries.ts";
import { JobList } from "../features/jobs/job-list.tsx";
import { parseStatusFilter } from "../features/jobs/status.ts";
import { UploadPanel } from "../features/upload/upload-panel.tsx";

export const Route = createFileRoute("/")({
  validateSearch: (search): { status?: JobStatus[] } => {
    const status = parseStatusFilter(search.status);
    return status.length > 0 ? { status } : {};
  },
  loaderDeps: ({ search: { status = [] } }) => ({ status }),
  // Not awaited: the page shows at once, and says by itself when the API does not answer.
  loader: ({ context: { queryClient }, deps: { status } }) => {
    void queryClient.prefetchInfiniteQuery(jobsQuery(status));
  },
  component: Jobs,
});

function Jobs() {
  const { status = [] } = Route.useSearch();
  const navigate = Route.useNavigate();

  return (
    <Stack gap="xl">
      <title>unparquet</title>
      <VisuallyHidden component="h1">Convert Parquet files to JSON</VisuallyHidden>
      <UploadPanel />
      <JobList
        status={status}
        onStatusChange={(chosen) =>
          navigate({ search: chosen.length > 0 ? { status: chosen } : {}, resetScroll: false })
        }
      />
    </Stack>
  );
}
