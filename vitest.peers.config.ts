import { defineConfig } from "vitest/config";

// `npm run test:peers`: the tests of storage, uploads and state on other implementations of S3 and DynamoDB,
// and Spark jobs on PySpark.
export default defineConfig({
  test: {
    include: [
      "packages/core/**/*.test.ts",
      "packages/functions/src/{jobs,upload}.test.ts",
      "packages/functions/test/{lambda,limits,pipeline}.test.ts",
      "packages/testing/test/{event-bridge,lost-responses,reconciler-load}.test.ts",
      "packages/testing/test/{spark,storage}/*.test.ts",
    ],
    globalSetup: "packages/testing/src/peers/global-setup.ts",
    setupFiles: ["packages/testing/src/aws/stage.ts", "packages/testing/src/peers/real-clock.ts"],
    env: { POWERTOOLS_LOG_LEVEL: "SILENT" },
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
