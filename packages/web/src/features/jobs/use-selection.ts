import type { Job } from "@unparquet/core/job/schema";
import { useCallback, useMemo, useRef, useState } from "react";

export interface Selection {
  /** Only what is shown counts: nobody acts on what they do not see. */
  jobs: readonly Job[];
  has: (jobId: string) => boolean;
  /** One more or less; as a range, everything since the one before becomes as this one. */
  toggle: (jobId: string, range?: boolean) => void;
  /** Everything shown, or nothing when all of it is selected already. */
  toggleAll: () => void;
  clear: () => void;
}

/** Which of the shown jobs are selected. A selection outlives a filter that hides it. */
export function useSelection(shown: readonly Job[]): Selection {
  const [ids, setIds] = useState<ReadonlySet<string>>(new Set());
  const anchor = useRef<string>(undefined);
  const jobs = useMemo(
    () => (ids.size === 0 ? [] : shown.filter(({ jobId }) => ids.has(jobId))),
    [shown, ids],
  );

  const toggle = useCallback(
    (jobId: string, range = false) => {
      const from = range ? shown.findIndex((job) => job.jobId === anchor.current) : -1;
      const to = shown.findIndex((job) => job.jobId === jobId);
      anchor.current = jobId;
      const touched =
        from < 0 ? [jobId] : shown.slice(Math.min(from, to), Math.max(from, to) + 1).map((job) => job.jobId);
      setIds((before) => {
        const after = new Set(before);
        const select = from >= 0 || !before.has(jobId);
        for (const id of touched) select ? after.add(id) : after.delete(id);
        return after;
      });
    },
    [shown],
  );
  const clear = useCallback(() => setIds(new Set()), []);
  const all = jobs.length === shown.length;
  const toggleAll = useCallback(
    () => setIds(all ? new Set() : new Set(shown.map(({ jobId }) => jobId))),
    [shown, all],
  );
  const has = useCallback((jobId: string) => ids.has(jobId), [ids]);
  return { jobs, has, toggle, toggleAll, clear };
}
