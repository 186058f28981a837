import { describe, expect, it } from "vitest";
import { configOf } from "../config.ts";

describe("the configuration", () => {
  it.each(["production", "pr-1", "anna"])("of %s is valid as it is", (stage) => {
    expect(configOf(stage, {})).toMatchObject({ alarmEmail: null, allowedOrigins: ["*"] });
  });

  it("takes an upload of as many bytes as an S3 object may have", () => {
    const uploadMaxBytes = 48 * 1024 ** 4;
    expect(configOf("pr-1", {}, { uploadMaxBytes })).toMatchObject({ uploadMaxBytes });
  });

  it("takes from the environment what does not belong into the repository", () => {
    const env = {
      UNPARQUET_ALARM_EMAIL: "ops@example.com",
      UNPARQUET_ALLOWED_ORIGINS: "https://a.example.com, http://localhost:5173",
      UNPARQUET_JOBS_PER_DAY: "7",
    };
    expect(configOf("pr-1", env)).toMatchObject({
      alarmEmail: "ops@example.com",
      allowedOrigins: ["https://a.example.com", "http://localhost:5173"],
      jobsPerDay: 7,
    });
  });

  it.each([
    [{ uploadMaxBytes: 0 }, "uploadMaxBytes: "],
    [{ uploadMaxBytes: 49 * 1024 ** 4 }, "uploadMaxBytes: "],
    [{ allowedOrigins: ["https://example.com/path"] }, "allowedOrigins.0: "],
    [{ allowedOrigins: [] }, "allowedOrigins: "],
    [{ logRetentionDays: 31 as never }, "logRetentionDays: "],
    [{ alarmEmail: "nobody" }, "alarmEmail: "],
    [{ throttle: { rate: 10, burst: 5 } }, "throttle: burst has to be at least rate"],
    [{ jobsPerDay: 1.5 }, "jobsPerDay: "],
    [{ glue: { wholeDpuFrom: -1, maxConcurrentRuns: 1 } }, "glue.wholeDpuFrom: "],
    [{ retention: 3 } as object, "retention"],
  ])("refuses %j and says where", (given, problem) => {
    expect(() => configOf("pr-1", {}, given)).toThrow('stage "pr-1" is not valid (infra/config.ts)');
    expect(() => configOf("pr-1", {}, given)).toThrow(problem);
  });

  it("says all that is wrong at once", () => {
    const env = {
      UNPARQUET_ALARM_EMAIL: "x",
      UNPARQUET_JOBS_PER_DAY: "many",
    };
    expect(() => configOf("pr-1", env)).toThrow(/alarmEmail: .*\n.*jobsPerDay: /);
  });
});
