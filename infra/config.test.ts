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

  const { limits, lanes } = configOf("pr-1", {});
  const spark = { outputMinBytes: 100e9, workersMax: 51, flex: false, dpuHoursPerDay: 200 };

  test.each([
    [undefined, lanes],
    ["", lanes],
    ["shell", { lambda: null, spark: null }],
    ["lambda,shell", { lambda: lanes.lambda, spark: null }],
    ["shell, spark", { lambda: null, spark }],
    ["lambda,shell,spark", { lambda: lanes.lambda, spark }],
  ])("the list of lanes %j turns on these lanes and no others", (UNPARQUET_LANES, expected) => {
    expect(configOf("pr-1", { UNPARQUET_LANES }).lanes).toEqual(expected);
  });

  test("a list of lanes keeps the settings of a lane that the stage configures", () => {
    const configured = { lambda: null, spark: { ...spark, flex: true } };
    const env = { UNPARQUET_LANES: "lambda,shell,spark" };
    expect(configOf("pr-1", env, { lanes: configured }).lanes).toEqual({
      lambda: lanes.lambda,
      spark: configured.spark,
    });
    expect(configOf("pr-1", {}, { lanes: configured }).lanes).toEqual(configured);
  });

  test.each([
    ["lambda", "UNPARQUET_LANES: must include shell"],
    ["shell,sparks", "UNPARQUET_LANES.1: "],
  ])("the list of lanes %j is an error", (UNPARQUET_LANES, problem) => {
    expect(() => configOf("pr-1", { UNPARQUET_LANES })).toThrow(problem);
  });

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
    [{ limits: { ...limits, lambdaMinutesPerDay: 14 } }, "limits.lambdaMinutesPerDay: must be at least 15"],
    [{ lanes: { ...lanes, lambda: { outputMaxBytes: 0 } } }, "lanes.lambda.outputMaxBytes: "],
    [{ lanes: { ...lanes, spark: { ...spark, outputMinBytes: 0 } } }, "lanes.spark.outputMinBytes: "],
    [{ lanes: { ...lanes, spark: { ...spark, workersMax: 1 } } }, "lanes.spark.workersMax: "],
    [
      { lanes: { ...lanes, spark: { ...spark, dpuHoursPerDay: 50 } } },
      "lanes.spark.dpuHoursPerDay: must be at least 51, what the longest run may use",
    ],
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
      UNPARQUET_LANES: "glue",
    };
    expect(() => configOf("pr-1", env)).toThrow(
      /limits.conversionsPerDay: .*\n.*alarmEmail: .*\n.*UNPARQUET_LANES.0: /,
    );
  });
});
