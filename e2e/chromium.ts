import { existsSync } from "node:fs";

/**
 * Debian's Chromium where it is installed, best the one that has no window to draw; undefined for the one
 * that `playwright install chromium` fetches.
 */
export function findChromium(): string | undefined {
  return (
    process.env.CHROMIUM_PATH ??
    ["/usr/bin/chromium-headless-shell", "/usr/bin/chromium"].find((file) => existsSync(file))
  );
}
