import { Stack, VisuallyHidden } from "@mantine/core";
import { createFileRoute } from "@tanstack/react-router";
import { useCallback } from "react";
import { newestJobsQuery } from "../api/queries.ts";
import { JobList } from "../features/jobs/job-list.tsx";
import { type JobsView, parseJobsView } from "../features/jobs/jobs-view.ts";
import { parseSelected, type SelectionAddress } from "../features/jobs/selection-address.ts";
import { UploadPanel } from "../features/upload/upload-panel.tsx";

interface JobsSearch extends JobsView {
  selected?: SelectionAddress;
}

function parseSearch(search: Record<string, unknown>): JobsSearch {
  const selected = parseSelected(search.selected);
  return { ...parseJobsView(search), ...(selected && { selected }) };
}

export const Route = createFileRoute("/")({
  validateSearch: parseSearch,
  // Not awaited: the page shows at once, and says by itself when the API does not answer.
  loader: ({ context: { queryClient } }) => {
    void queryClient.prefetchQuery(newestJobsQuery);
  },
  // A filter or a selection asks for nothing new.
  shouldReload: false,
  component: Jobs,
});

function Jobs() {
  // Without the selection, and the same one while it is: a tick must not have thousands of jobs filtered and sorted again.
  const view = Route.useSearch({
    select: ({ selected: _, ...view }): JobsView => view,
    structuralSharing: true,
  });
  const selected = Route.useSearch({ select: (search) => search.selected });
  const navigate = Route.useNavigate();
  const onViewChange = useCallback(
    (change: { [Key in keyof JobsView]: JobsView[Key] | undefined }, again = false) =>
      navigate({
        search: (before) => parseSearch({ ...before, ...change }),
        replace: again,
        resetScroll: false,
      }),
    [navigate],
  );
  const onSelected = useCallback(
    (address: SelectionAddress | undefined) =>
      navigate({
        search: (before) => parseSearch({ ...before, selected: address }),
        replace: true,
        resetScroll: false,
      }),
    [navigate],
  );

  return (
    <Stack gap="xl">
      <title>unparquet</title>
      <VisuallyHidden component="h1">Convert Parquet files to JSON</VisuallyHidden>
      <UploadPanel />
      <JobList view={view} onViewChange={onViewChange} selected={selected} onSelected={onSelected} />
    </Stack>
  );
}
