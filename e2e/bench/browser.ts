import { type Browser, chromium, type Page } from "@playwright/test";
import { findChromium } from "#e2e/chromium";

/** A real browser. */
export function openBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: findChromium(),
    args: process.getuid?.() === 0 ? ["--no-sandbox"] : [],
  });
}

/** A page of it for somebody who is signed in by these cookies, and shares them with no other page. */
export async function pageOf(browser: Browser, origin: string, cookie: string): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  await context.addCookies(
    cookie.split("; ").map((pair) => {
      const at = pair.indexOf("=");
      return { name: pair.slice(0, at), value: pair.slice(at + 1), url: origin };
    }),
  );
  return context.newPage();
}

/** A page of a browser of its own, signed in by these cookies. */
export async function signedInPage(
  origin: string,
  cookie: string,
): Promise<{ browser: Browser; page: Page }> {
  const browser = await openBrowser();
  try {
    return { browser, page: await pageOf(browser, origin, cookie) };
  } catch (error) {
    await browser.close();
    throw error;
  }
}
