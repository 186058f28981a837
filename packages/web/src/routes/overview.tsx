import { createFileRoute } from "@tanstack/react-router";
import { OverviewPage } from "../features/overview/overview-page.tsx";
import { overviewQuery } from "../features/overview/overview-query.ts";

export const Route = createFileRoute("/overview")({
  loader: ({ context: { queryClient } }) => {
    void queryClient.prefetchInfiniteQuery(overviewQuery);
  },
  component: OverviewPage,
});
