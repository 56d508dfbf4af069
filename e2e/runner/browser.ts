import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { chromium } from "@playwright/test";
import { findChromium } from "#e2e/chromium";

/**
 * Has Playwright fetch its Chromium where neither Debian's nor one of an earlier time is installed. Gives
 * what is said to the person: nothing when a browser is there.
 */
export function fetchBrowser(): string[] {
  if (findChromium() || existsSync(chromium.executablePath())) return [];
  const command = ["node_modules/.bin/playwright", "install", "chromium"];
  const { status } = spawnSync(command[0] ?? "", command.slice(1), { stdio: "inherit" });
  if (status === 0) return ["Fetched a Chromium for the journeys through a browser."];
  return [
    "There is no Chromium, and Playwright could not fetch one (see above): journeys through a browser fail. Install it, or name one in CHROMIUM_PATH.",
  ];
}
