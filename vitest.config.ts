import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          include: ["{app,components,lib,db,e2e}/**/*.test.ts"],
          exclude: ["**/*.integration.test.ts"],
          environment: "node",
          // Some start processes, on machines that may be busy.
          testTimeout: 30_000,
          hookTimeout: 30_000,
        },
      },
      {
        test: {
          name: "integration",
          include: ["{lib,db,e2e}/**/*.integration.test.ts"],
          environment: "node",
          globalSetup: ["e2e/fixtures/database.setup.ts"],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
