import { configDefaults, defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: "aws",
          include: ["packages/{core,functions,local,testing}/**/*.test.ts"],
          exclude: [
            ...configDefaults.exclude,
            "packages/testing/test/event-bridge.test.ts",
            "packages/testing/test/spark/*.test.ts",
          ],
          globalSetup: "packages/testing/src/aws/global-setup.ts",
          setupFiles: "packages/testing/src/aws/stage.ts",
          env: { POWERTOOLS_LOG_LEVEL: "SILENT" },
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: "infra",
          include: ["infra/**/*.test.ts", "packages/diagrams/**/*.test.ts"],
          testTimeout: 120_000,
        },
      },
      { extends: true, test: { name: "scripts", include: ["scripts/**/*.test.ts"], testTimeout: 120_000 } },
      "packages/web",
      "packages/web/vitest.browser.config.ts",
    ],
  },
});
