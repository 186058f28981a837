// @vitest-environment node
import { expect, test } from "vitest";
import { float16Text, float32Text, float64Text, roundToHalf } from "./float.ts";

test.each([
  [0, "0.0"],
  [-0, "-0.0"],
  [1, "1.0"],
  [0.1, "0.1"],
  [-2.5, "-2.5"],
  [1e15, "1000000000000000.0"],
  [1e16, "1e+16"],
  [1.5e300, "1.5e+300"],
  [0.00001, "0.00001"],
  [0.000001234, "1.234e-6"],
  [5e-324, "5e-324"],
])("the DOUBLE %d", (value, text) => expect(float64Text(value)).toBe(text));

test.each([
  [Math.fround(0.1), "0.1"],
  [Math.fround(1e-45), "1e-45"],
  [Math.fround(16777216), "16777216.0"],
  [2 ** 127, "1.7014118e+38"],
  [2970573.25, "2970573.2"],
  [Math.fround(1e12), "1000000000000.0"],
  [Math.fround(1e13), "1e+13"],
  [Math.fround(0.000001), "0.000001"],
])("the FLOAT %d has no more digits than its width", (value, text) => expect(float32Text(value)).toBe(text));

test.each([
  [2 ** -24, "6e-8"],
  [roundToHalf(0.1), "0.1"],
  [65504, "65500.0"],
])("the FLOAT16 %d", (value, text) => expect(float16Text(value)).toBe(text));
