/** How often exporters are asked where nothing else is set, see `INGOT_SCRAPE_SECONDS`. */
export const usualScrapeMs = 15_000;

/** So many scrapes in a row that brought nothing are no accident. */
const missedScrapes = 4;

/** Three scrapes: what ended longer ago is not the present. */
export function presentFor(scrapeMs: number): number {
  return Math.max(45_000, 3 * scrapeMs);
}

/** Older than this, what was told last says nothing of now: several scrapes have not come. */
export function freshFor(scrapeMs: number): number {
  return Math.max(90_000, missedScrapes * scrapeMs);
}

/** A node from which nothing has come for this long is unknown, whatever was said before. */
export function silentAfter(scrapeMs: number): number {
  return Math.max(60_000, missedScrapes * scrapeMs);
}
