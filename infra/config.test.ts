import { describe, expect, test } from "vitest";
import { configOf } from "./config.ts";

describe("the configuration", () => {
  test.each(["production", "pr-1", "anna"])("the default configuration of %s is valid", (stage) => {
    expect(configOf(stage, {})).toMatchObject({ alarmEmail: null, allowedOrigins: ["*"] });
  });

  test("the maximum upload size may be S3's maximum object size", () => {
    const bytes = 48 * 1024 ** 4;
    const limits = { ...configOf("pr-1", {}).limits, uploadMaxBytes: bytes, uploadBytesPerDay: bytes };
    expect(configOf("pr-1", {}, { limits })).toMatchObject({ limits });
  });

  test("settings of one deployment come from environment variables", () => {
    const env = {
      UNPARQUET_ALARM_EMAIL: "ops@example.com",
      UNPARQUET_ALLOWED_ORIGINS: "https://a.example.com, http://localhost:5173",
      UNPARQUET_CONVERSIONS_PER_DAY: "7",
    };
    expect(configOf("pr-1", env)).toMatchObject({
      alarmEmail: "ops@example.com",
      allowedOrigins: ["https://a.example.com", "http://localhost:5173"],
      limits: { conversionsPerDay: 7, uploadsPerDay: configOf("pr-1", {}).limits.uploadsPerDay },
    });
  });

  const { limits } = configOf("pr-1", {});

  test.each([
    [{ limits: { ...limits, uploadMaxBytes: 0 } }, "limits.uploadMaxBytes: "],
    [{ limits: { ...limits, uploadMaxBytes: 49 * 1024 ** 4 } }, "limits.uploadMaxBytes: "],
    [{ limits: { ...limits, conversionsPerDay: 1.5 } }, "limits.conversionsPerDay: "],
    [
      { limits: { ...limits, outputBytesPerDay: 1 } },
      "limits.outputBytesPerDay: must be at least outputMaxBytes",
    ],
    [
      { limits: { ...limits, uploadBytesPerDay: 1 } },
      "limits.uploadBytesPerDay: must be at least uploadMaxBytes",
    ],
    [{ limits: { ...limits, dpuMinutesPerDay: 119 } }, "limits.dpuMinutesPerDay: must be at least 120"],
    [
      { limits: { ...limits, uploadsPerDay: 1 } },
      "limits.uploadsPerDay: must be at least uploadsPerDayPerCaller",
    ],
    [{ table: { readsPerSecond: 0, writesPerSecond: 1 } }, "table.readsPerSecond: "],
    [{ allowedOrigins: ["https://example.com/path"] }, "allowedOrigins.0: "],
    [{ allowedOrigins: [] }, "allowedOrigins: "],
    [{ logRetentionDays: 31 as never }, "logRetentionDays: "],
    [{ alarmEmail: "nobody" }, "alarmEmail: "],
    [{ throttle: { rate: 10, burst: 5 } }, "throttle: burst must be at least rate"],
    [{ glue: { wholeDpuFrom: -1, maxConcurrentRuns: 1 } }, "glue.wholeDpuFrom: "],
    [{ retention: 3 } as object, "retention"],
  ])("the error for %j names the setting", (given, problem) => {
    expect(() => configOf("pr-1", {}, given)).toThrow('stage "pr-1" is not valid (infra/config.ts)');
    expect(() => configOf("pr-1", {}, given)).toThrow(problem);
  });

  test("an invalid configuration reports all errors at once", () => {
    const env = {
      UNPARQUET_ALARM_EMAIL: "x",
      UNPARQUET_CONVERSIONS_PER_DAY: "many",
    };
    expect(() => configOf("pr-1", env)).toThrow(/limits.conversionsPerDay: .*\n.*alarmEmail: /);
  });
});
