import type { BucketGrid } from "#lib/domain/telemetry/buckets";

const minuteMs = 60_000;
const dayMs = 1_440 * minuteMs;

/**
 * The buckets of the last day of so many nodes: the more there are the wider, and from 6 nodes on as wide
 * as a level in which telemetry is kept, so that a page of a large tenant reads little more than that of a
 * small one.
 */
export function dayGrid(nodes: number, nowMs: number): BucketGrid {
  const stepMs = minuteMs * (nodes <= 5 ? 10 : nodes <= 50 ? 15 : 60);
  const toMs = (Math.floor(nowMs / stepMs) + 1) * stepMs;
  return { fromMs: toMs - dayMs, stepMs, count: dayMs / stepMs };
}
