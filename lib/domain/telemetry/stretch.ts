import { type BucketGrid, bucketGrid } from "#lib/domain/telemetry/buckets";
import { usualScrapeMs } from "#lib/domain/telemetry/fresh";
import { type KeepDays, rollupLevels, usualKeepDays } from "#lib/domain/telemetry/rollup-level";
import type { TelemetryWindow } from "#lib/domain/telemetry/window";

/** A stretch of time that is looked at more closely, or further back, than a window. */
export type Stretch = { from: number; to: number };

const secondMs = 1_000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** A stretch is at least a few scrapes, and at most as long as the widest window. */
export const leastStretchMs = minuteMs;
export const mostStretchMs = 30 * dayMs;

/** An answer of a stretch has at most so many buckets, as that of a window. */
const mostBuckets = 240;

/** Those from a minute on are multiples of a width that is kept. */
const stepsMs = [
  ...[20 * secondMs, 30 * secondMs, minuteMs, 2 * minuteMs, 5 * minuteMs, 15 * minuteMs],
  ...[30 * minuteMs, hourMs, 3 * hourMs, 6 * hourMs],
];

/** The width of which what is that old is surely kept, as a divisor of steps; where all is kept, any. */
function keptStepMs(ageMs: number, keepDays: KeepDays | null): number {
  if (!keepDays) return 1;
  const { samples, minutes, quarters } = keepDays;
  const level = [samples, minutes, quarters].findLastIndex((days) => ageMs > days * dayMs);
  return rollupLevels[level]?.stepMs ?? 1;
}

/**
 * What of a stretch can be shown: in whole milliseconds, neither after `nowMs` nor shorter or longer than
 * a stretch may be. One that reaches into the future is moved back, one that is too short is widened
 * around its middle.
 */
export function fitStretch({ from, to }: Stretch, nowMs: number): Stretch {
  const span = Math.min(mostStretchMs, Math.max(leastStretchMs, to - from));
  const end = Math.min(nowMs, (from + to + span) / 2);
  const begin = Math.floor(end - span);
  return { from: begin, to: begin + Math.round(span) };
}

/**
 * The buckets of a stretch: the narrowest of which there are not too many, of which something is kept, and
 * which are a fifth wider than exporters are asked in. They cover the stretch as far as `nowMs`; the edges are multiples of the step since the epoch.
 * `keepDays` is how long each width is kept; null where a store keeps all of it.
 */
export function stretchGrid(
  { from, to }: Stretch,
  nowMs: number,
  scrapeMs: number = usualScrapeMs,
  keepDays: KeepDays | null = usualKeepDays,
): BucketGrid {
  const end = Math.min(to, Math.max(nowMs, from + leastStretchMs));
  const gridOf = (stepMs: number): BucketGrid => {
    const fromMs = Math.floor(from / stepMs) * stepMs;
    return { fromMs, stepMs, count: Math.ceil((end - fromMs) / stepMs) };
  };
  const grids = stepsMs.filter((stepMs) => stepMs >= 1.2 * scrapeMs).map(gridOf);
  const grid = grids.find(
    ({ fromMs, stepMs, count }) =>
      stepMs % keptStepMs(nowMs - fromMs, keepDays) === 0 && count <= mostBuckets,
  );
  return grid ?? gridOf(6 * hourMs);
}

/** The buckets of what is asked for: of a stretch where one is given, else of the window that ends now. */
export function askedGrid(
  asked: { window: TelemetryWindow; from?: number | undefined; to?: number | undefined },
  nowMs: number,
  scrapeMs: number = usualScrapeMs,
  keepDays: KeepDays | null = usualKeepDays,
): BucketGrid {
  const { window, from, to } = asked;
  return from === undefined || to === undefined
    ? bucketGrid(window, nowMs, scrapeMs)
    : stretchGrid({ from, to }, nowMs, scrapeMs, keepDays);
}
