import type { BucketGrid } from "#lib/domain/telemetry/buckets";
import { rollupStepMs } from "#lib/domain/telemetry/rollup-level";

const minuteMs = 60_000;
const dayMs = 1_440 * minuteMs;

/** How the last day of many GPUs is read: its buckets, and how often in them a rollup. */
export type DayPlan = { grid: BucketGrid; everyMs: number };

/**
 * Up to 5 nodes every rollup of the day is read; of more one in each bucket, and of very many one an
 * hour, so that a page of a large tenant reads no more than a page of a small one does (some ten
 * thousand places of the table).
 */
export function dayPlan(nodes: number, nowMs: number): DayPlan {
  const stepMs = nodes <= 50 ? 10 * minuteMs : 60 * minuteMs;
  const everyMs = nodes <= 5 ? rollupStepMs : stepMs;
  const toMs = (Math.floor(nowMs / stepMs) + 1) * stepMs;
  return { grid: { fromMs: toMs - dayMs, stepMs, count: dayMs / stepMs }, everyMs };
}
