import { createHash } from "node:crypto";
import { isIPv6 } from "node:net";
import { Entity, type Service } from "electrodb";
import { Resource } from "sst";
import { lazy, tableConfiguration } from "../aws.ts";
import { glueJob, jobTable, type LaneName, lambdaLane, sparkLane } from "../deployment.ts";
import { UnparquetError } from "../errors.ts";

// Daily limits (UTC), counted in the job table. A counter changes in the same transaction as its job, so each conversion and
// upload is counted exactly once. Accepting a conversion reserves the most output and computing time it may use; its end corrects that.

const { hashKey, rangeKey } = jobTable.primaryIndex;

/** Counters of one day (UTC). */
const dayModel = {
  model: { service: "unparquet", entity: "day", version: "1" },
  attributes: {
    day: { type: "string", required: true, readOnly: true },
    conversions: { type: "number" },
    /** Used by the day's conversions, plus reserved by those still running. */
    outputBytes: { type: "number" },
    dpuSeconds: { type: "number" },
    lambdaSeconds: { type: "number" },
    sparkDpuSeconds: { type: "number" },
    uploads: { type: "number" },
    uploadBytes: { type: "number" },
    expiresAt: { type: "number" },
  },
  indexes: {
    day: {
      pk: { field: hashKey, composite: ["day"], casing: "none" },
      sk: { field: rangeKey, composite: [], casing: "none" },
    },
  },
} as const;

/** Counters of one caller on one day. */
const callerModel = {
  model: { service: "unparquet", entity: "caller", version: "1" },
  attributes: {
    day: { type: "string", required: true, readOnly: true },
    caller: { type: "string", required: true, readOnly: true },
    uploads: { type: "number" },
    expiresAt: { type: "number" },
  },
  indexes: {
    caller: {
      pk: { field: hashKey, composite: ["day"], casing: "none" },
      sk: { field: rangeKey, composite: ["caller"], casing: "none" },
    },
  },
} as const;

export const days = lazy(() => new Entity(dayModel, tableConfiguration()));
export const callers = lazy(() => new Entity(callerModel, tableConfiguration()));

/** The counters in a transaction. */
type Writes = Parameters<
  Parameters<
    Service<{ day: ReturnType<typeof days>; caller: ReturnType<typeof callers> }>["transaction"]["write"]
  >[0]
>[0];

/** Counters that an attempt reserves and its end corrects. */
export const usageUnits = ["outputBytes", "dpuSeconds", "lambdaSeconds", "sparkDpuSeconds"] as const;
type UsageUnit = (typeof usageUnits)[number];

/** The part of a day's quota that an attempt reserves until it ends. */
export interface Reservation extends Partial<Record<UsageUnit, number>> {
  /** UTC: `2026-01-31`. */
  day: string;
  outputBytes: number;
}

type Counter = UsageUnit | "conversions" | "uploads" | "uploadBytes";
export type Counts = Partial<Record<Counter, number>>;

const limitOf: Record<Counter, () => number> = {
  conversions: () => Resource.Limits.conversionsPerDay,
  outputBytes: () => Resource.Limits.outputBytesPerDay,
  dpuSeconds: () => Resource.Limits.dpuMinutesPerDay * 60,
  lambdaSeconds: () => Resource.Limits.lambdaMinutesPerDay * 60,
  sparkDpuSeconds: () => Resource.Limits.sparkDpuHoursPerDay * 3600,
  uploads: () => Resource.Limits.uploadsPerDay,
  uploadBytes: () => Resource.Limits.uploadBytesPerDay,
};

const dayMs = 24 * 60 * 60 * 1000;
export function today(): string {
  return new Date().toISOString().slice(0, 10);
}
const endOf = (day: string) => Date.parse(day) + dayMs;
/** In epoch seconds, long after every attempt accepted that day has ended. */
const expiryOf = (day: string) => (endOf(day) + 3 * dayMs) / 1000;

interface Capacity {
  lane: LaneName;
  /** DPU, for the lane `shell`. */
  capacity?: number | undefined;
  /** For the lane `spark`. */
  workers?: number | undefined;
}

/** The most that a conversion may use. */
export function reservationFor(given: Capacity): Reservation {
  return { day: today(), outputBytes: Resource.Limits.outputMaxBytes, ...longestRun(given) };
}

function longestRun({ lane, capacity = 0, workers = 0 }: Capacity): Omit<Reservation, "day" | "outputBytes"> {
  switch (lane) {
    case "lambda":
      return { lambdaSeconds: lambdaLane.timeoutSeconds };
    case "shell":
      return { dpuSeconds: glueJob.timeoutMinutes * 60 * capacity };
    case "spark":
      return { sparkDpuSeconds: sparkLane.timeoutMinutes * 60 * workers * sparkLane.dpuPerWorker };
  }
}

/** The write that adds to a day's counters. If `limited`, it fails when a counter would pass its limit. */
export function addToDay(
  { day: days }: Writes,
  day: string,
  counts: Counts,
  { limited }: { limited: boolean },
) {
  const update = days
    .update({ day })
    .add(counts)
    .set({ expiresAt: expiryOf(day) });
  if (!limited) return update.commit();
  return update
    .where((counters, { lte, notExists }) =>
      countersOf(counts)
        .map((name) => {
          const room = limitOf[name]() - (counts[name] ?? 0);
          // An amount above the limit must fail even for a day without a counter.
          return room < 0
            ? lte(counters[name], room)
            : `(${notExists(counters[name])} OR ${lte(counters[name], room)})`;
        })
        .join(" AND "),
    )
    .commit();
}

/** The write that counts an upload for a caller. Fails when the caller has none left for the day. */
export function addToCaller({ caller: callers }: Writes, day: string, caller: string) {
  const { uploadsPerDayPerCaller } = Resource.Limits;
  return callers
    .update({ day, caller })
    .add({ uploads: 1 })
    .set({ expiresAt: expiryOf(day) })
    .where(
      ({ uploads }, { lt, notExists }) => `(${notExists(uploads)} OR ${lt(uploads, uploadsPerDayPerCaller)})`,
    )
    .commit();
}

/**
 * Hashes a caller's address with the day, so that the address itself is not stored. IPv6 addresses count by their /64 network,
 * since one household or machine usually has a whole one.
 */
export function callerKey(day: string, address: string): string {
  const plain = address.replace(/^::ffff:(?=[\d.]+$)/i, "");
  const network = isIPv6(plain) ? expandIPv6(plain).slice(0, 4).join(":") : plain;
  return createHash("sha256").update(`${day} ${network}`).digest("base64url").slice(0, 22);
}

/** The eight groups of an IPv6 address, with zeros for `::`. */
function expandIPv6(address: string): string[] {
  const [head = "", tail] = (address.split("%")[0] ?? "").split("::");
  const groups = (part: string | undefined) => (part ? part.split(":") : []);
  const before = groups(head);
  const after = groups(tail);
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - before.length - after.length);
  return [...before, ...Array<string>(zeros).fill("0"), ...after].map((group) =>
    group.toLowerCase().replace(/^0+(?=.)/, ""),
  );
}

const usedUp: Record<Counter, () => string> = {
  conversions: () => `All ${Resource.Limits.conversionsPerDay} of today's conversions have been started.`,
  outputBytes: () => "Today's output quota is used up, or reserved by running conversions.",
  dpuSeconds: () => "Today's computing time is used up, or reserved by running conversions.",
  lambdaSeconds: () =>
    "Today's computing time for small files is used up, or reserved by running conversions.",
  sparkDpuSeconds: () =>
    "Today's computing time for large files is used up, or reserved by running conversions.",
  uploads: () => `All ${Resource.Limits.uploadsPerDay} of today's uploads have been made.`,
  uploadBytes: () => "Today's upload quota is used up.",
};

/** Reservations are usually freed within minutes, when running conversions end. */
const reservable: ReadonlySet<Counter> = new Set(usageUnits);

/** The error for a failed write of `addToDay` or `addToCaller`. */
export function quotaError(counts: Counts, used: Counts | undefined): UnparquetError {
  const name = countersOf(counts).find((one) => (used?.[one] ?? 0) + (counts[one] ?? 0) > limitOf[one]());
  if (name === undefined) {
    return throttled(
      `Your address has made all its ${Resource.Limits.uploadsPerDayPerCaller} uploads for today.`,
      secondsToMidnight(),
    );
  }
  return throttled(
    usedUp[name](),
    reservable.has(name) ? Math.min(300, secondsToMidnight()) : secondsToMidnight(),
  );
}

function throttled(why: string, retryAfter: number): UnparquetError {
  return new UnparquetError("throttled", `${why} Quotas reset at midnight UTC.`, {
    retryAfter,
  });
}

function secondsToMidnight(): number {
  return Math.ceil((endOf(today()) - Date.now()) / 1000);
}

function countersOf(counts: Counts): Counter[] {
  return Object.keys(counts) as Counter[];
}

export async function usedToday(day: string): Promise<Counts> {
  return (await days().get({ day }).go({ consistent: true })).data ?? {};
}
