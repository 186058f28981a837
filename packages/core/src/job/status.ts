import { jobStatuses } from "./schema.ts";

/**
 * Statuses as stored. `DELETING` is never shown: such a job no longer exists for a caller, and its record stays only
 * until its objects are gone.
 */
export const storedStatuses = [...jobStatuses, "DELETING"] as const;
export type StoredStatus = (typeof storedStatuses)[number];

/** Which status may follow which. Every write to a job's status follows one of these, or does not happen. */
export const nextStatuses = {
  PENDING_UPLOAD: ["QUEUED", "FAILED", "EXPIRED", "DELETING"],
  QUEUED: ["RUNNING", "FAILED", "CANCELLED"],
  RUNNING: ["SUCCEEDED", "FAILED", "CANCELLING", "CANCELLED"],
  CANCELLING: ["CANCELLED", "SUCCEEDED", "FAILED"],
  SUCCEEDED: ["QUEUED", "DELETING"],
  FAILED: ["QUEUED", "DELETING"],
  CANCELLED: ["QUEUED", "DELETING"],
  EXPIRED: ["DELETING"],
  DELETING: [],
} as const satisfies Record<StoredStatus, readonly StoredStatus[]>;

export type NextStatus<From extends StoredStatus> = (typeof nextStatuses)[From][number];
