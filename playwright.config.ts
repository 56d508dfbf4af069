import { existsSync } from "node:fs";
import { defineConfig } from "@playwright/test";

// Debian's Chromium where it is installed; else the one `npx playwright install chromium` fetched.
const chromium = process.env.CHROMIUM_PATH ?? "/usr/bin/chromium";

const wide = { width: 1440, height: 900 };
const narrow = { width: 390, height: 844 };
const looks = "**/looks.spec.ts";

export default defineConfig({
  testDir: "e2e",
  testMatch: "**/*.spec.ts",
  outputDir: "test-results",
  // Starts one portal with its worker, boot server, database and simulated rack for all of them.
  globalSetup: "./e2e/fixtures/portal.setup.ts",
  workers: 2,
  forbidOnly: true,
  timeout: 60_000,
  expect: { timeout: 15_000 },
  reporter: "list",
  use: {
    browserName: "chromium",
    locale: "en-GB",
    timezoneId: "UTC",
    actionTimeout: 15_000,
    trace: "retain-on-failure",
    screenshot: "only-on-failure",
    launchOptions: {
      executablePath: existsSync(chromium) ? chromium : undefined,
      args: [
        // Chromium's own sandbox does not run as root.
        ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []),
        ...["--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking"],
        ...["--disable-component-update", "--no-first-run"],
      ],
    },
  },
  projects: [
    {
      name: "desktop-light",
      testIgnore: looks,
      use: { viewport: wide, colorScheme: "light" },
    },
    // Every page as a picture, and with axe: dark and light, wide and narrow.
    ...(["dark", "light"] as const).flatMap((colorScheme) => [
      { name: `looks-wide-${colorScheme}`, testMatch: looks, use: { viewport: wide, colorScheme } },
      {
        name: `looks-narrow-${colorScheme}`,
        testMatch: looks,
        use: { viewport: narrow, colorScheme, hasTouch: true, isMobile: true },
      },
    ]),
  ],
});
