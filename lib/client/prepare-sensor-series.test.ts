import { expect, test } from "vitest";
import { prepareSensorSeries } from "#lib/client/prepare-sensor-series";

const series = (...avg: (number | null)[]) => ({ min: avg, avg, max: avg });

test("what is known is drawn, what is not stays a gap, and what was never told has no chart", () => {
  const charts = prepareSensorSeries({
    ...{ window: "6h", nowMs: 240_000, sensorsAt: null, logsAt: null, whyNot: null },
    grid: { fromMs: 0, stepMs: 120_000, count: 2 },
    metrics: { power_w: series(1_460, null), inlet_c: series(23, 24) },
  });
  expect(charts.map(({ label, unit, lines }) => [label, unit, lines.map(({ id }) => id)])).toEqual([
    ["Node power", "W", ["power_w"]],
    ["Temperature", "°C", ["inlet_c", "hottest_c"]],
  ]);
  expect(charts[0]?.rows).toEqual([
    { at: 0, power_w: 1_460, power_w_low: 1_460, power_w_high: 1_460 },
    { at: 120_000, power_w: null, power_w_low: null, power_w_high: null },
  ]);
  expect(charts[1]?.rows[1]).toEqual({ at: 120_000, inlet_c: 24, hottest_c: null });
});
