import { Resource } from "sst";
import { beforeEach, expect, test } from "vitest";
import { Options } from "./job/options.ts";
import { queue } from "./job/transitions.ts";
import { withinQuota } from "./quota.ts";
import { jobs } from "./testing/records.ts";

const input = { bytes: 13, options: Options.parse({}) };
beforeEach(() => {
  Resource.Limits.jobsPerDay = 3;
});

/** Queues a new job at that time. */
const startAt = async (now: Date) => {
  const job = await jobs.pending();
  return withinQuota(() => queue(job, input), now);
};

test("of many at once no more pass than a day allows, and the next day as many again", async () => {
  const evening = new Date("2026-01-31T23:59:00Z");
  const starts = await Promise.allSettled(Array.from({ length: 8 }, () => startAt(evening)));
  expect(starts.filter(({ status }) => status === "fulfilled")).toHaveLength(3);
  await expect(startAt(evening)).rejects.toMatchObject({ code: "throttled", retryAfter: 60 });
  await expect(startAt(new Date("2026-02-01T00:00:00Z"))).resolves.toMatchObject({ moved: true });
});

test("what does not start is not counted", async () => {
  const day = new Date("2026-03-01T12:00:00Z");
  const job = await jobs.pending();
  const racing = Array.from({ length: 3 }, () => withinQuota(() => queue(job, input), day));
  expect((await Promise.all(racing)).filter(({ moved }) => moved)).toHaveLength(1);
  const broken = withinQuota(() => Promise.reject(new Error("the table is away")), day);
  await expect(broken).rejects.toThrow("the table is away");
  await startAt(day);
  await startAt(day);
  await expect(startAt(day)).rejects.toMatchObject({ code: "throttled" });
});
