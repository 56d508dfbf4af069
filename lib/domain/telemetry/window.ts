/** The stretches of time a telemetry chart can show. */
export const telemetryWindows = ["15m", "1h", "6h", "24h", "7d", "30d"] as const;

export type TelemetryWindow = (typeof telemetryWindows)[number];

export type WindowSpec = {
  /** In words, after "the last". */
  label: string;
  spanMs: number;
  /** Width of one bucket; divides the span. */
  stepMs: number;
};

const minuteMs = 60_000;
const dayMs = 1_440 * minuteMs;

/**
 * Every window is 45 to 240 buckets: enough for a chart's width, and an answer of bounded size. The
 * narrowest step is clearly wider than the default scrape interval (15 s), so that a node scraped on
 * time never shows a gap; from 6 hours on, steps are multiples of a width in which telemetry is kept, as
 * wide a one as there is.
 */
export const windowSpecs = {
  "15m": { label: "15 minutes", spanMs: 15 * minuteMs, stepMs: 20_000 },
  "1h": { label: "hour", spanMs: 60 * minuteMs, stepMs: 30_000 },
  "6h": { label: "6 hours", spanMs: 360 * minuteMs, stepMs: 2 * minuteMs },
  "24h": { label: "24 hours", spanMs: dayMs, stepMs: 15 * minuteMs },
  "7d": { label: "7 days", spanMs: 7 * dayMs, stepMs: 60 * minuteMs },
  "30d": { label: "30 days", spanMs: 30 * dayMs, stepMs: 180 * minuteMs },
} as const satisfies Record<TelemetryWindow, WindowSpec>;

/**
 * The width of a window's buckets where exporters are asked every `scrapeMs`: the usual one, or the next
 * that divides the window into whole seconds and is a fifth wider than the interval, since no scrape is
 * on time to the second.
 */
export function windowStepMs(window: TelemetryWindow, scrapeMs: number): number {
  const { spanMs, stepMs } = windowSpecs[window];
  const leastMs = Math.ceil(1.2 * scrapeMs);
  if (leastMs <= stepMs) return stepMs;
  const spanSeconds = spanMs / 1_000;
  let count = Math.max(1, Math.floor(spanMs / leastMs));
  while (spanSeconds % count !== 0) count -= 1;
  return spanMs / count;
}
