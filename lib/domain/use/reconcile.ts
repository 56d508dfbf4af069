/** GPU-seconds of a stretch of time: what was held, and what is known of it. */
export type GpuSeconds = { held: number; busy: number; idle: number; unknown: number };

/**
 * Rounds to whole GPU-seconds so that busy, idle and unknown always add up to what was held.
 * Unknown is what is left: nothing needs to be measured for it. Refuses (throws) more known than
 * held by over a second, which no rounding makes.
 */
export function reconciled(exact: { held: number; busy: number; idle: number }): GpuSeconds {
  if (exact.busy + exact.idle > exact.held + 1) {
    throw new Error(`${exact.busy} s busy and ${exact.idle} s idle of ${exact.held} s held`);
  }
  const held = Math.round(exact.held);
  const busy = Math.min(held, Math.round(exact.busy));
  const idle = Math.min(held - busy, Math.round(exact.idle));
  return { held, busy, idle, unknown: held - busy - idle };
}

/** The sum of rows that are rounded already: a report's total is what its lines add up to. */
export function totalSeconds(rows: Iterable<GpuSeconds>): GpuSeconds {
  const total = { held: 0, busy: 0, idle: 0, unknown: 0 };
  for (const row of rows) {
    total.held += row.held;
    total.busy += row.busy;
    total.idle += row.idle;
    total.unknown += row.unknown;
  }
  return total;
}
