import { defineConfig } from "@playwright/test";
import { findChromium } from "#e2e/chromium";

export default defineConfig({
  testDir: "e2e",
  testMatch: "**/*.spec.ts",
  outputDir: "test-results",
  // Starts one portal with its worker, boot server, database and simulated rack for all of them.
  globalSetup: "./e2e/fixtures/portal.setup.ts",
  // Two leave a sixth of two cores idle, waiting for machines to boot.
  workers: 3,
  forbidOnly: true,
  // A browser on a busy machine may stall once; what fails twice is broken.
  retries: process.env.CI ? 1 : 0,
  // What is waited for comes late on a machine that is busy; a test that passes does not wait.
  timeout: 300_000,
  expect: { timeout: 60_000 },
  reporter: "list",
  use: {
    browserName: "chromium",
    viewport: { width: 1440, height: 900 },
    locale: "en-GB",
    timezoneId: "UTC",
    actionTimeout: 60_000,
    // A trace of every test would cost a third of the time; `--trace=on` makes one where it is wanted.
    trace: "off",
    screenshot: "only-on-failure",
    launchOptions: {
      executablePath: findChromium(),
      args: [
        // Chromium's own sandbox does not run as root.
        ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []),
        // A page lives too briefly to earn back what it costs to optimize its code.
        "--js-flags=--no-opt --no-maglev",
        ...["--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking"],
        ...["--disable-component-update", "--no-first-run"],
      ],
    },
  },
});
