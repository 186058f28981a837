import { applied, checked, jobs, result } from "@unparquet/testing/fixtures/records";
import { Resource } from "sst";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { createJob } from "./jobs.ts";
import { callerKey, today, usedToday } from "./quota.ts";
import { createJobId } from "./schema.ts";
import { cancelled, fail, queue, recordRun, requestCancel, succeed } from "./transitions.ts";

const input = checked();
const configured = { ...Resource.Limits };
// Only the clock is fake: each test uses a different day.
let days = 0;
const startDay = (time = "12:00:00") => {
  days += 1;
  vi.setSystemTime(`2026-01-${String(days).padStart(2, "0")}T${time}Z`);
};
beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"] });
  startDay();
});
afterEach(() => {
  vi.useRealTimers();
  Object.assign(Resource.Limits, configured);
});

const start = async () => queue(await jobs.pending(), input);

describe("conversions of a day", () => {
  test("concurrent conversions stay within the daily limit, which resets the next day", async () => {
    Resource.Limits.conversionsPerDay = 3;
    startDay("23:59:00");
    const starts = await Promise.allSettled(Array.from({ length: 8 }, start));
    expect(starts.filter(({ status }) => status === "fulfilled")).toHaveLength(3);
    await expect(start()).rejects.toMatchObject({ code: "throttled", retryAfter: 60 });
    startDay("00:00:00");
    expect(await start()).toMatchObject({ applied: true });
  });

  test("eight concurrent requests for one job count as one conversion, and none is rejected", async () => {
    Resource.Limits.conversionsPerDay = 3;
    const job = await jobs.pending();
    const outcomes = await Promise.all(Array.from({ length: 8 }, () => queue(job, input)));
    expect(outcomes.filter(({ applied }) => applied)).toHaveLength(1);
    for (const { job: now } of outcomes) expect(now).toMatchObject({ status: "QUEUED" });
    expect(await usedToday(today())).toMatchObject({ conversions: 1 });
  });

  test("output is reserved while a conversion runs, and its real size counts afterwards", async () => {
    Object.assign(Resource.Limits, { outputMaxBytes: 600, outputBytesPerDay: 1000 });
    const first = await applied(start());
    await expect(start()).rejects.toMatchObject({ code: "throttled", retryAfter: 300 });
    const running = await applied(recordRun(first, "jr_1"));
    await applied(succeed(running, result, { outputBytes: 42, dpuSeconds: 60 }));
    expect(await usedToday(today())).toMatchObject({ outputBytes: 42, dpuSeconds: 60, conversions: 1 });
    await applied(start());
    await expect(start()).rejects.toMatchObject({ code: "throttled" });
  });

  test("DPU time is reserved while a conversion runs and corrected afterwards", async () => {
    Resource.Limits.dpuMinutesPerDay = 10;
    const job = await applied(start());
    await expect(start()).rejects.toThrow(/computing time/);
    await applied(fail(job, { code: "internal", message: "" }, { outputBytes: 0, dpuSeconds: 90 }));
    expect(await usedToday(today())).toMatchObject({ outputBytes: 0, dpuSeconds: 90 });
    await applied(start());
  });

  test("computing time of the lane spark has a limit of its own", async () => {
    Resource.Limits.sparkDpuHoursPerDay = 6;
    const spark = { ...input, lane: "spark" as const, workers: 6 };
    const job = await applied(queue(await jobs.pending(), spark));
    expect(await usedToday(today())).toMatchObject({ sparkDpuSeconds: 6 * 3600 });
    await expect(queue(await jobs.pending(), spark)).rejects.toThrow(/for large files/);
    await applied(start());
    const running = await applied(recordRun(job, "jr_1"));
    await applied(succeed(running, result, { outputBytes: 42, sparkDpuSeconds: 600 }));
    expect(await usedToday(today())).toMatchObject({ sparkDpuSeconds: 600 });
  });

  test("a run of the lane spark that is cancelled while it may be starting counts a minute", async () => {
    const job = await applied(queue(await jobs.pending(), { ...input, lane: "spark" as const, workers: 6 }));
    await applied(requestCancel(job));
    expect(await usedToday(today())).toMatchObject({ sparkDpuSeconds: 6 * 60, outputBytes: 0 });
  });

  test("an attempt whose usage is unknown counts with its whole reservation", async () => {
    Object.assign(Resource.Limits, { outputMaxBytes: 600 });
    await applied(cancelled(await applied(start())));
    expect(await usedToday(today())).toMatchObject({ outputBytes: 600, dpuSeconds: 450 });
  });
});

describe("uploads of a day", () => {
  const upload = (bytes: number, caller?: string) =>
    createJob({ jobId: createJobId(), filename: "a.parquet", bytes, caller });

  test("uploads per day are limited in number and in bytes", async () => {
    Object.assign(Resource.Limits, { uploadsPerDay: 2, uploadBytesPerDay: 100 });
    await upload(60);
    await expect(upload(41)).rejects.toThrow(/upload quota/);
    await upload(40);
    Resource.Limits.uploadBytesPerDay = 1000;
    await expect(upload(1)).rejects.toThrow(/uploads have been made/);
    expect(await usedToday(today())).toMatchObject({ uploads: 2, uploadBytes: 100 });
  });

  test("uploads are limited per caller, and one caller does not use up those of others", async () => {
    Resource.Limits.uploadsPerDayPerCaller = 1;
    await upload(1, "192.0.2.1");
    await expect(upload(1, "192.0.2.1")).rejects.toThrow(/Your address/);
    await upload(1, "192.0.2.2");
    await upload(1);
  });

  test("uploads from all addresses of an IPv6 /64 network count for one caller", () => {
    const key = (address: string) => callerKey("2026-01-01", address);
    expect(key("2001:db8::1")).toBe(key("2001:0DB8:0:0:ffff:1:2:3"));
    expect(key("2001:db8:0:1::1")).not.toBe(key("2001:db8::1"));
    expect(key("::1")).toBe(key("0:0:0:0:0:0:0:2"));
    expect(key("192.0.2.1")).not.toBe(key("192.0.2.2"));
    expect(key("::ffff:192.0.2.1")).toBe(key("192.0.2.1"));
    expect(callerKey("2026-01-02", "192.0.2.1")).not.toBe(key("192.0.2.1"));
  });
});
