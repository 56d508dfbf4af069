const minuteMs = 60_000;

/**
 * The widths of the buckets in which telemetry is kept, narrowest first. Each is made of the one before
 * it, the first of samples, so each is a multiple of the one before. The suffix is that of its tables.
 */
export const rollupLevels = [
  { suffix: "", stepMs: minuteMs },
  { suffix: "_15m", stepMs: 15 * minuteMs },
  { suffix: "_1h", stepMs: 60 * minuteMs },
] as const;

export type RollupLevel = (typeof rollupLevels)[number];

/** How many days samples are kept, and the roll-ups of each width. */
export type KeepDays = { samples: number; minutes: number; quarters: number; hours: number };

/** For how long where nothing else is set, see `INGOT_KEEP_SAMPLES_DAYS` and those after it. */
export const usualKeepDays: KeepDays = { samples: 7, minutes: 32, quarters: 100, hours: 400 };

/** The width of the narrowest buckets that are kept. */
export const rollupStepMs = rollupLevels[0].stepMs;

/**
 * The levels whose buckets lie whole in those of a grid, widest first; none where its buckets are
 * narrower than any, or begin elsewhere.
 */
export function levelsWithin({
  fromMs,
  stepMs,
}: {
  fromMs: number;
  stepMs: number;
}): RollupLevel[] {
  return rollupLevels
    .filter((level) => stepMs % level.stepMs === 0 && fromMs % level.stepMs === 0)
    .toReversed();
}
