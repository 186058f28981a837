import type { JobSummary } from "@unparquet/core/job/schema";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { addressOf, type Ids, idsOf, type SelectionAddress, type Shown } from "./selection-address.ts";

/** Milliseconds between two changes of the address: browsers allow a hundred in half a minute, and a held key makes more. */
const pause = 400;

export interface Selection {
  /** Only what is shown counts: nobody acts on what they do not see. */
  jobs: readonly JobSummary[];
  has: (jobId: string) => boolean;
  /** One more or less; as a range, everything since the one before becomes as this one. */
  toggle: (jobId: string, range?: boolean) => void;
  /** Everything shown, or nothing when all of it is selected already. */
  toggleAll: () => void;
  clear: () => void;
}

interface SelectionProps extends Shown {
  jobs: readonly JobSummary[];
  address: SelectionAddress | undefined;
  /** Resolves when it is the address. */
  onAddress: (address: SelectionAddress | undefined) => Promise<void>;
}

const none: Ids = new Set();

/** What this tab last gave an address. It is more exact than any, and outlives the list while a job is looked at. */
let remembered: { address: SelectionAddress | undefined; ids: Ids } = { address: undefined, ids: none };

const read = (address: SelectionAddress | undefined, shown: Shown) =>
  address === remembered.address ? remembered.ids : idsOf(address, shown);

/** Which of the shown jobs are selected. A selection outlives a filter that hides it, and a reload as far as its address. */
export function useSelection({ jobs: shown, isLoaded, view, address, onAddress }: SelectionProps): Selection {
  const [ids, setIds] = useState(() => read(address, { jobs: shown, isLoaded, view }) ?? none);
  const anchor = useRef<string>(undefined);
  // Of the changes made here, the last, and the last that is in the address.
  const changes = useRef({ made: 0, written: 0 });
  const writtenAt = useRef(Number.NEGATIVE_INFINITY);
  const known = useRef<SelectionAddress | null>(null);
  const jobs = useMemo(
    () => (ids.size === 0 ? [] : shown.filter(({ jobId }) => ids.has(jobId))),
    [shown, ids],
  );

  // The address leads when a link or the browser's back button changed it.
  useEffect(() => {
    if (changes.current.made !== changes.current.written || known.current === (address ?? "")) return;
    const meant = read(address, { jobs: shown, isLoaded, view });
    if (!meant) return;
    known.current = address ?? "";
    setIds(meant);
  }, [address, shown, isLoaded, view]);

  // It follows what is changed here.
  useEffect(() => {
    const { made, written } = changes.current;
    if (made === written) return;
    const timer = setTimeout(
      async () => {
        const next = addressOf(ids, { jobs: shown, isLoaded, view });
        remembered = { address: next, ids };
        writtenAt.current = performance.now();
        known.current = next ?? "";
        await onAddress(next);
        changes.current.written = made;
      },
      writtenAt.current + pause - performance.now(),
    );
    return () => clearTimeout(timer);
  }, [ids, shown, isLoaded, view, onAddress]);

  const change = useCallback((next: (before: Ids) => Ids) => {
    changes.current.made += 1;
    setIds(next);
  }, []);
  const toggle = useCallback(
    (jobId: string, range = false) => {
      const from = range ? shown.findIndex((job) => job.jobId === anchor.current) : -1;
      const to = shown.findIndex((job) => job.jobId === jobId);
      anchor.current = jobId;
      const touched =
        from < 0 ? [jobId] : shown.slice(Math.min(from, to), Math.max(from, to) + 1).map((job) => job.jobId);
      change((before) => {
        const after = new Set(before);
        const select = from >= 0 || !before.has(jobId);
        for (const id of touched) select ? after.add(id) : after.delete(id);
        return after;
      });
    },
    [shown, change],
  );
  const clear = useCallback(() => change(() => none), [change]);
  const all = jobs.length === shown.length;
  const toggleAll = useCallback(
    () => change(() => (all ? none : new Set(shown.map(({ jobId }) => jobId)))),
    [shown, all, change],
  );
  const has = useCallback((jobId: string) => ids.has(jobId), [ids]);
  return { jobs, has, toggle, toggleAll, clear };
}
