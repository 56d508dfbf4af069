import type { Page } from "@playwright/test";
import { openBrowser, pageOf } from "#e2e/bench/browser";
import type { SeenLine, Watched } from "#e2e/bench/hook-streams";
import type { BenchWorld } from "#e2e/bench/world";
import type { Id } from "#lib/domain/id";

/**
 * Opens the page of each of these environments in Chromium, for a person of its own each, with the evidence of its one
 * hook before them. Gives what each has painted of the lines of its script.
 */
export async function watchPages(
  world: BenchWorld,
  viewers: readonly { cookie: string; environmentId: Id<"environment"> }[],
): Promise<Watched> {
  const { origin } = world.ingot;
  const browser = await openBrowser();
  let [reads, failed] = [0, 0];

  async function open({ cookie, environmentId }: (typeof viewers)[number]) {
    const page = await pageOf(browser, origin, cookie);
    page.on("response", (answer) => {
      if (!new URL(answer.url()).pathname.startsWith("/api/environments/")) return;
      reads += 1;
      if (!answer.ok()) failed += 1;
    });
    await page.goto(
      `${origin}/${world.tenant}/projects/${world.project}/environments/${environmentId}`,
    );
    await page.getByRole("button", { name: /^Evidence of / }).click();
    return paintedLines(page);
  }

  try {
    const pages = await Promise.all(viewers.map(open));
    return {
      lines: async () => (await Promise.all(pages.map((lines) => lines.jsonValue()))).flat(),
      reads: () => ({ reads, failed }),
      close: () => void browser.close(),
    };
  } catch (error) {
    await browser.close();
    throw error;
  }
}

/** A list to which is added what the page's open log shows of new lines, each with the frame that shows it. */
async function paintedLines(page: Page) {
  const log = page.getByRole("dialog").getByRole("region", { name: /^Log of / });
  await log.waitFor({ timeout: 60_000 });
  return log.evaluateHandle((region) => {
    const lines: SeenLine[] = [];
    const dialog = region.closest("[role=dialog]") ?? region;
    const moments = () =>
      [...(dialog.textContent ?? "").matchAll(/at (\d+\.\d+) of /g)].map(
        ([, at]) => Number(at) * 1_000,
      );
    let lastMs = Math.max(...moments());
    new MutationObserver(() => {
      const fresh = moments().filter((atMs) => atMs > lastMs);
      if (fresh.length === 0) return;
      lastMs = Math.max(...fresh);
      // The first callback is before the frame that draws this, the second after it.
      requestAnimationFrame(() =>
        requestAnimationFrame(() => {
          lines.push(...fresh.map((atMs) => ({ atMs, seenMs: Date.now() })));
        }),
      );
    }).observe(dialog, { subtree: true, childList: true, characterData: true });
    return lines;
  });
}
