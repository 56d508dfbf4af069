/** A calendar month in UTC, as people and addresses write it: `2026-11`. */
export type Month = { key: string; fromMs: number; untilMs: number };

/** Before this no month is anybody's. */
const firstYear = 2020;

/** The month of a key like `2026-11`, or `null` for what is no month, or not yet one. */
export function monthOf(key: string, nowMs: number): Month | null {
  const [, year, number] = /^(\d{4})-(0[1-9]|1[0-2])$/.exec(key) ?? [];
  if (!year || !number || Number(year) < firstYear) return null;
  const fromMs = Date.UTC(Number(year), Number(number) - 1);
  if (fromMs > nowMs) return null;
  return { key, fromMs, untilMs: Date.UTC(Number(year), Number(number)) };
}

/** The month that a moment is in. */
export function monthAt(nowMs: number): Month {
  const month = monthOf(new Date(nowMs).toISOString().slice(0, 7), nowMs);
  if (!month) throw new Error(`${nowMs} is in no month`);
  return month;
}

/** Keys of the last months, the present one first. */
export function recentMonths(nowMs: number, count: number): string[] {
  const now = new Date(nowMs);
  return Array.from({ length: count }, (_, back) =>
    new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - back)).toISOString().slice(0, 7),
  );
}
