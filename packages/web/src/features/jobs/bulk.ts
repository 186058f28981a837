import { notifications } from "@mantine/notifications";
import type { QueryClient } from "@tanstack/react-query";
import type { Options } from "@unparquet/core/conversion/options";
import type { Job, JobSummary } from "@unparquet/core/job/schema";
import { parseResponse } from "hono/client";
import pMap from "p-map";
import { api } from "../../api/client.ts";
import { forgetJobs, lookAgain, putJobs } from "../../api/queries.ts";
import { canCancel, canDelete, canRetry } from "../../api/status.ts";
import { formatCount, isolate } from "../../components/format.ts";
import { withRetries } from "../add-files/upload/retry.ts";

/** Requests at once: quick, and far from what an account's functions may run at a time. */
const parallel = 6;
const named = 3;

interface BulkAction {
  /** On the button, with what it is done to. */
  label: (what: string) => string;
  doing: string;
  done: string;
  applies: (job: JobSummary) => boolean;
  /** The job as it is now; null: it is gone. */
  call: (jobId: string, options?: Options) => Promise<Job | null>;
}

export const bulkActions = {
  cancel: {
    label: (what) => `Cancel ${what}`,
    doing: "Cancelling",
    done: "Asked to stop",
    applies: ({ status }) => canCancel(status),
    call: async (jobId) => (await parseResponse(api.jobs[":jobId"].cancel.$post({ param: { jobId } }))).job,
  },
  retry: {
    label: (what) => `Convert ${what} again`,
    doing: "Starting",
    done: "Converting again",
    applies: ({ status }) => canRetry(status),
    call: async (jobId, options) => {
      const json = options === undefined ? {} : { options };
      return (await parseResponse(api.jobs[":jobId"].retry.$post({ param: { jobId }, json }))).job;
    },
  },
  delete: {
    label: (what) => `Delete ${what}`,
    doing: "Deleting",
    done: "Deleted",
    applies: ({ status }) => canDelete(status),
    call: async (jobId) => {
      await api.jobs[":jobId"].$delete({ param: { jobId } });
      return null;
    },
  },
} satisfies Record<string, BulkAction>;
export type BulkKey = keyof typeof bulkActions;

/** "1 job", "1,200 jobs" */
export const countJobs = (count: number): string => `${formatCount(count)} ${count === 1 ? "job" : "jobs"}`;

/** Does it to each of them, a few at once, tells how far it is, and at last what failed and why. */
export async function runBulk(
  queryClient: QueryClient,
  key: BulkKey,
  jobs: readonly JobSummary[],
  options?: Options,
): Promise<void> {
  const { call, doing, done }: BulkAction = bulkActions[key];
  const failures: string[] = [];
  let changed: Job[] = [];
  let gone = new Set<string>();
  let ended = 0;

  const title = `${doing} ${countJobs(jobs.length)}…`;
  const id = notifications.show({
    title,
    message: "",
    loading: true,
    autoClose: false,
    withCloseButton: false,
  });
  // Together, as each change of the list is drawn.
  const report = () => {
    putJobs(queryClient, changed);
    if (gone.size > 0) forgetJobs(queryClient, gone);
    changed = [];
    gone = new Set();
    const message = `${formatCount(ended)} of ${formatCount(jobs.length)}`;
    notifications.update({ id, title, message, loading: true, autoClose: false, withCloseButton: false });
  };
  const timer = setInterval(report, 500);
  await pMap(
    jobs,
    async ({ jobId, filename }) => {
      try {
        const job = await withRetries(
          { signal: new AbortController().signal, onTrouble: () => undefined },
          () => call(jobId, options),
        );
        if (job) changed.push(job);
        else gone.add(jobId);
      } catch (error) {
        failures.push(`${isolate(filename)}: ${error instanceof Error ? error.message : String(error)}`);
      }
      ended += 1;
    },
    { concurrency: parallel },
  );
  clearInterval(timer);
  report();
  await lookAgain(queryClient);

  const more = failures.length - named;
  notifications.update({
    id,
    loading: false,
    withCloseButton: true,
    title: `${done}: ${countJobs(jobs.length - failures.length)}`,
    message:
      failures.length === 0
        ? ""
        : `Failed for ${countJobs(failures.length)}. ${failures.slice(0, named).join(" ")}${more > 0 ? ` And ${formatCount(more)} more.` : ""}`,
    ...(failures.length === 0 ? { color: "teal", autoClose: 6000 } : { color: "red", autoClose: false }),
  });
}
