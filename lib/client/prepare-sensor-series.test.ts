import { expect, test } from "vitest";
import { columnsOf } from "#lib/client/chart-rows";
import { prepareSensorSeries } from "#lib/client/prepare-sensor-series";

const series = (...avg: (number | null)[]) => ({ min: avg, avg, max: avg });

test("what is known is drawn, what is not stays a gap, and what was never told has no chart", () => {
  const charts = prepareSensorSeries({
    ...{
      window: "6h",
      nowMs: 240_000,
      scrapeMs: 60_000,
      sensorsAt: null,
      logsAt: null,
      whyNot: null,
      events: [],
    },
    grid: { fromMs: 0, stepMs: 120_000, count: 2 },
    metrics: {
      power_w: series(1_460, null),
      inlet_c: { min: [22, 23], avg: [23, 24], max: [25, 26] },
      fan_rpm: series(8_400, 8_400),
      fan_percent: series(40, 40),
    },
  });
  expect(charts.map(({ label, unit, lines }) => [label, unit, lines.map(({ id }) => id)])).toEqual([
    ["Node power", "W", ["power_w"]],
    ["Temperature", "°C", ["inlet_c", "hottest_c"]],
    ["Slowest fan, speed", "rpm", ["fan_rpm"]],
    ["Slowest fan, share", "%", ["fan_percent"]],
  ]);
  expect(charts[0]?.rows).toEqual([
    { at: 0, power_w: 1_460, power_w_low: 1_460, power_w_high: 1_460 },
    { at: 120_000, power_w: null, power_w_low: null, power_w_high: null },
  ]);
  // The table has the least and greatest of each line; drawn they are of one that is alone.
  expect(charts[1]?.rows[1]).toEqual({
    ...{ at: 120_000, inlet_c: 24, inlet_c_low: 23, inlet_c_high: 26 },
    ...{ hottest_c: null, hottest_c_low: null, hottest_c_high: null },
  });
  expect(columnsOf(charts[1]?.lines ?? []).map(({ label }) => label)).toEqual([
    ...["Inlet temperature", "Inlet temperature, low", "Inlet temperature, high"],
    ...["Hottest sensor", "Hottest sensor, low", "Hottest sensor, high"],
  ]);
  expect(charts.map(({ lines }) => lines.some(({ band }) => band))).toEqual([
    ...[true, false, true, true],
  ]);
});
