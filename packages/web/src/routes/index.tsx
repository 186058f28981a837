import { Stack, VisuallyHidden } from "@mantine/core";
import { createFileRoute, useRouter } from "@tanstack/react-router";
import { useCallback } from "react";
import { newestJobsQuery } from "../api/queries.ts";
import { formatShare } from "../components/format.ts";
import { shareOfBatch } from "../features/add-files/upload/upload-words.ts";
import { useUploads } from "../features/add-files/upload/uploads.ts";
import { UploadPanel } from "../features/add-files/upload-panel.tsx";
import { Batches } from "../features/jobs/batch.tsx";
import { JobList } from "../features/jobs/job-list.tsx";
import { type JobsSearch, parseJobsSearch, rememberSearch } from "../features/jobs/jobs-search.ts";
import { type JobsView, parseJobsView } from "../features/jobs/jobs-view.ts";
import { parseSelected, type SelectionAddress } from "../features/jobs/selection-address.ts";

export const Route = createFileRoute("/")({
  validateSearch: parseJobsSearch,
  // Not awaited: the page shows at once, and says by itself when the API does not answer.
  loader: ({ context: { queryClient } }) => {
    void queryClient.prefetchQuery(newestJobsQuery);
  },
  // A filter or a selection asks for nothing new.
  shouldReload: false,
  onLeave: ({ search }) => rememberSearch(parseJobsSearch({ ...search })),
  component: Jobs,
});

function ListTitle() {
  const share = shareOfBatch(useUploads());
  return <title>{share === undefined ? "unparquet" : `Uploading ${formatShare(share)} · unparquet`}</title>;
}

function Jobs() {
  // The router keeps parameters that validation leaves out, so both parse again. Without the selection and shared, as a tick
  // must not have thousands of jobs filtered and sorted again.
  const view = Route.useSearch({
    select: (search): JobsView => parseJobsView({ ...search }),
    structuralSharing: true,
  });
  const selected = Route.useSearch({ select: (search) => parseSelected(search.selected) });
  const router = useRouter();
  const navigate = Route.useNavigate();
  const change = useCallback(
    async (change: { [Key in keyof JobsSearch]: JobsSearch[Key] | undefined }, replace: boolean) => {
      // What is written after a pause must not call off a job that is being opened.
      if (router.latestLocation.pathname !== "/") return;
      await navigate({
        search: (before) => parseJobsSearch({ ...before, ...change }),
        replace,
        resetScroll: false,
      });
    },
    [router, navigate],
  );
  const onSelected = useCallback(
    (address: SelectionAddress | undefined) => change({ selected: address }, true),
    [change],
  );

  return (
    <Stack gap="xl">
      <ListTitle />
      <VisuallyHidden component="h1">Convert Parquet files to JSON</VisuallyHidden>
      <UploadPanel />
      <Batches />
      <JobList
        view={view}
        onViewChange={(part, again = false) => void change(part, again)}
        selected={selected}
        onSelected={onSelected}
      />
    </Stack>
  );
}
