import { createFileRoute } from "@tanstack/react-router";
import { overviewQuery } from "../features/overview/overview-query.ts";
import { pagePart } from "./-page-part.ts";

export const Route = createFileRoute("/overview")({
  loader: ({ context: { queryClient } }) => {
    void queryClient.prefetchInfiniteQuery(overviewQuery);
  },
  component: pagePart(() => import("../features/overview/overview-page.tsx")),
});
