import { s3 } from "@unparquet/core/aws";
import { beforeEach } from "vitest";

// A Vitest setup file. Some tests set the clock forward, and versitygw refuses signatures of another time. The SDK then signs
// with the server's time and repeats the call, but not when the clock has gone back since: each test begins with the real one.
beforeEach(() => {
  s3().config.systemClockOffset = 0;
});
