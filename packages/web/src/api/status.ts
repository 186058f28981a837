import type { EndedStatus, JobStatus, NextStatus } from "@unparquet/core/job/schema";

interface Facts<S extends JobStatus> {
  label: string;
  /** A key of the theme's colours. */
  color: string;
  // What may follow is the domain's to say: its types hold these to it, and its schemas stay out of the browser.
  ended: S extends EndedStatus ? true : false;
  cancel: S extends "CANCELLING" ? false : "CANCELLED" extends NextStatus<S> ? true : false;
  retry: S extends EndedStatus ? ("QUEUED" extends NextStatus<S> ? true : false) : false;
  remove: "DELETING" extends NextStatus<S> ? true : false;
}

const pending = { ended: false, cancel: false, retry: false, remove: true } as const;
const underWay = { ended: false, cancel: true, retry: false, remove: false } as const;
const final = { ended: true, cancel: false, retry: false, remove: true } as const;

const facts: { [S in JobStatus]: Facts<S> } = {
  PENDING_UPLOAD: { label: "Awaiting file", color: "gray", ...pending },
  QUEUED: { label: "Queued", color: "gray", ...underWay },
  RUNNING: { label: "Running", color: "blue", ...underWay },
  CANCELLING: { label: "Cancelling", color: "orange", ...underWay, cancel: false },
  SUCCEEDED: { label: "Succeeded", color: "teal", ...final, retry: true },
  FAILED: { label: "Failed", color: "red", ...final, retry: true },
  CANCELLED: { label: "Cancelled", color: "gray", ...final, retry: true },
  EXPIRED: { label: "Expired", color: "gray", ...final },
};

/** All statuses, in the order a job passes through them. */
export const statuses = Object.keys(facts) as JobStatus[];

export const statusLabel = (status: JobStatus): string => facts[status].label;
export const statusColor = (status: JobStatus): string => facts[status].color;
export const canCancel = (status: JobStatus): boolean => facts[status].cancel;
export const canRetry = (status: JobStatus): boolean => facts[status].retry;
export const canDelete = (status: JobStatus): boolean => facts[status].remove;

/** Whether it goes on by itself. A job that awaits its file stands still until somebody uploads it. */
export const isMoving = (status: JobStatus): boolean => !facts[status].ended && status !== "PENDING_UPLOAD";

/** What the URL's `status` says, whatever was typed there: known statuses, each once, in their own order. */
export function parseStatusFilter(value: unknown): JobStatus[] {
  const wanted: unknown[] = Array.isArray(value) ? value : [value];
  return statuses.filter((status) => wanted.includes(status));
}
