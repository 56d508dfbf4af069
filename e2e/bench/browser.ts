import { type Browser, chromium, type Page } from "@playwright/test";
import { findChromium } from "#e2e/chromium";

/** A page of a real browser that is signed in by these cookies. */
export async function signedInPage(
  origin: string,
  cookie: string,
): Promise<{ browser: Browser; page: Page }> {
  const browser = await chromium.launch({
    executablePath: findChromium(),
    args: process.getuid?.() === 0 ? ["--no-sandbox"] : [],
  });
  try {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
    await context.addCookies(
      cookie.split("; ").map((pair) => {
        const at = pair.indexOf("=");
        return { name: pair.slice(0, at), value: pair.slice(at + 1), url: origin };
      }),
    );
    return { browser, page: await context.newPage() };
  } catch (error) {
    await browser.close();
    throw error;
  }
}
