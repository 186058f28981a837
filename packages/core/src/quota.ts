import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { Entity } from "electrodb";
import { Resource } from "sst";
import { hasName } from "./aws/errors.ts";
import { lazy } from "./aws/lazy.ts";
import { UnparquetError } from "./errors.ts";
import { jobTable } from "./job/table.ts";
import type { Outcome } from "./job/transitions.ts";

const { hashKey, rangeKey } = jobTable.primaryIndex;

/** One record a day, in the job table: how many conversions were started. */
const days = lazy(
  () =>
    new Entity(
      {
        model: { service: "unparquet", entity: "day", version: "1" },
        attributes: {
          day: { type: "string", required: true, readOnly: true },
          started: { type: "number", required: true },
        },
        indexes: {
          day: {
            pk: { field: hashKey, composite: ["day"], casing: "none" },
            sk: { field: rangeKey, composite: [], casing: "none" },
          },
        },
      } as const,
      { client: new DynamoDBClient({}), table: Resource.JobTable.name },
    ),
);

const secondsToMidnight = (now: Date) =>
  Math.ceil((Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate() + 1) - now.getTime()) / 1000);

/** One conditional write: however many come at once, no more than the quota pass. */
const count = async (day: string, now: Date): Promise<void> => {
  const { jobsPerDay } = Resource.Limits;
  try {
    await days()
      .update({ day })
      .add({ started: 1 })
      .where(({ started }, { lt, notExists }) => `${notExists(started)} OR ${lt(started, jobsPerDay)}`)
      .go();
  } catch (error) {
    if (!(error instanceof Error) || !hasName(error.cause, "ConditionalCheckFailedException")) throw error;
    throw new UnparquetError(
      "throttled",
      `Today's ${jobsPerDay} conversions have been started; more can be from midnight UTC on.`,
      { retryAfter: secondsToMidnight(now) },
    );
  }
};

/**
 * Queues a job by `move`, if the day's quota of conversions allows for one more; a move that does not happen is not counted.
 * Throws `throttled`, until midnight UTC, when the day's are used up.
 */
export const withinQuota = async (move: () => Promise<Outcome>, now = new Date()): Promise<Outcome> => {
  const day = now.toISOString().slice(0, 10);
  await count(day, now);
  let moved = false;
  try {
    const outcome = await move();
    moved = outcome.moved;
    return outcome;
  } finally {
    if (!moved) await days().update({ day }).subtract({ started: 1 }).go();
  }
};
