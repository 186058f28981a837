import { lazy, Suspense } from "react";
import { useNotifySetting } from "./setting.ts";

const JobWatch = lazy(() => import("./job-watch.tsx"));

export function JobWatchHost() {
  const { on } = useNotifySetting();
  return on ? (
    <Suspense>
      <JobWatch />
    </Suspense>
  ) : null;
}
