/** How far back the pace is measured, and the least that says anything. */
export const paceDays = 14;
const leastDays = 3;
/** Past this nobody plans by it. */
const farDays = 730;

/**
 * When a pool will be full, in words, at the pace of its recent past. `grown` is how many more
 * items are taken now than `days` ago; a pool whose first item was taken less than three days ago
 * has no pace yet.
 */
export function forecastWords(past: { days: number; grown: number }, free: bigint): string {
  if (free === 0n) return "Full now";
  const days = Math.min(paceDays, Math.floor(past.days));
  if (days < leastDays) return "No pace yet: it needs three days of use";
  const pace = `at the pace of the last ${days} days`;
  if (past.grown <= 0) return `Not filling up ${pace}`;
  const left = (Number(free) * days) / past.grown;
  if (left > farDays) return `Not full within two years ${pace}`;
  const whole = Math.max(1, Math.round(left));
  return `Full in about ${whole} ${whole === 1 ? "day" : "days"} ${pace}`;
}
