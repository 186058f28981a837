import { describe, expect, it } from "vitest";
import { configOf } from "./config.ts";

describe("the configuration", () => {
  it.each(["production", "pr-1", "anna"])("of %s is valid as it is", (stage) => {
    expect(configOf(stage, {})).toMatchObject({ alarmEmail: null, allowedOrigins: ["*"] });
  });

  it("takes an upload of as many bytes as an S3 object may have", () => {
    const bytes = 48 * 1024 ** 4;
    const limits = { ...configOf("pr-1", {}).limits, uploadMaxBytes: bytes, uploadBytesPerDay: bytes };
    expect(configOf("pr-1", {}, { limits })).toMatchObject({ limits });
  });

  it("takes from the environment what does not belong into the repository", () => {
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

  it.each([
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
    [{ limits: { ...limits, lambdaMinutesPerDay: 14 } }, "limits.lambdaMinutesPerDay: must be at least 15"],
    [{ lanes: { lambda: { outputMaxBytes: 0 } } }, "lanes.lambda.outputMaxBytes: "],
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
  ])("refuses %j and says where", (given, problem) => {
    expect(() => configOf("pr-1", {}, given)).toThrow('stage "pr-1" is not valid (infra/config.ts)');
    expect(() => configOf("pr-1", {}, given)).toThrow(problem);
  });

  it("says all that is wrong at once", () => {
    const env = {
      UNPARQUET_ALARM_EMAIL: "x",
      UNPARQUET_CONVERSIONS_PER_DAY: "many",
    };
    expect(() => configOf("pr-1", env)).toThrow(/limits.conversionsPerDay: .*\n.*alarmEmail: /);
  });
});
