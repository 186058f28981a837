import { s3 } from "@unparquet/core/aws";
import { beforeEach } from "vitest";

// Vitest setup file: resets the SDK's clock offset. When a test advances the clock, versitygw rejects the signature and the SDK
// corrects its offset, but it does not undo this when the clock goes back.
beforeEach(() => {
  s3().config.systemClockOffset = 0;
});
