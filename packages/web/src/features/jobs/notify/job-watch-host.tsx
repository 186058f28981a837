import { lazyPart } from "../../../components/lazy-part.tsx";
import { useNotifySetting } from "./setting.ts";

const JobWatch = lazyPart(() => import("./job-watch.tsx"), { floating: true });

export function JobWatchHost() {
  const { on } = useNotifySetting();
  return on ? <JobWatch /> : null;
}
