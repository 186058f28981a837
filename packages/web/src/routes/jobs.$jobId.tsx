import { createFileRoute } from "@tanstack/react-router";
import { jobQuery } from "../api/queries.ts";
import { prefetched } from "../components/fetch-part.ts";
import { parseResultView } from "../features/job/result/view.ts";
import { pagePart } from "./-page-part.ts";

export const Route = createFileRoute("/jobs/$jobId")({
  validateSearch: parseResultView,
  loader: ({ context: { queryClient }, params: { jobId } }) => {
    void queryClient.prefetchQuery(jobQuery(jobId));
  },
  component: pagePart(prefetched(() => import("../features/job/job-route.tsx"))),
});
