import fc from "fast-check";
import { expect, test } from "vitest";
import { MiB, objectMaxBytes, partCountMax, partSizeFor, singleUploadMaxBytes } from "./deployment.ts";

// https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
const partMinBytes = 5 * MiB;
const partMaxBytes = 5 * 1024 * MiB;

test("the largest object is the 48.8 TiB that S3 documents", () => {
  expect((objectMaxBytes / 1024 ** 4).toFixed(1)).toBe("48.8");
});

test("every file up to the largest object is divided into parts that S3 accepts", () => {
  const sizes = fc.oneof(
    fc.integer({ min: singleUploadMaxBytes + 1, max: objectMaxBytes }),
    // Around the sizes at which the parts get larger.
    fc
      .integer({ min: 1, max: 5 * 1024 })
      .map((MiBs) => Math.min(MiBs * MiB * partCountMax + 1, objectMaxBytes)),
    fc.constant(objectMaxBytes),
  );
  fc.assert(
    fc.property(sizes, (size) => {
      const partSize = partSizeFor(size);
      expect(partSize).toBeGreaterThanOrEqual(partMinBytes);
      expect(partSize).toBeLessThanOrEqual(partMaxBytes);
      expect(Math.ceil(size / partSize)).toBeLessThanOrEqual(partCountMax);
    }),
    { numRuns: 1000 },
  );
});
