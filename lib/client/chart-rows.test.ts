import { expect, test } from "vitest";
import {
  type ChartRow,
  chartSentence,
  isLone,
  rowsAsCsv,
  summarizeRows,
  timeTicks,
  valueTicks,
} from "#lib/client/chart-rows";

const rows = (...values: (number | null)[]): ChartRow[] =>
  values.map((value, index) => ({ at: index * 1_000, gpu0: value }));

test("the latest value is the newest that is known, and unknown once it is old", () => {
  expect(summarizeRows(rows(10, 40, 20, null), "gpu0")).toEqual({ latest: 20, min: 10, max: 40 });
  expect(summarizeRows(rows(10, 40, null, null, null), "gpu0").latest).toBeNull();
  expect(summarizeRows(rows(null, null), "gpu0")).toEqual({ latest: null, min: null, max: null });
  expect(summarizeRows(rows(5, 0), "gpu0").latest).toBe(0);
});

test("a chart is told in a sentence, and no samples are not a zero", () => {
  const format = (value: number | null) => (value === null ? "unknown" : `${value} W`);
  expect(
    chartSentence(
      "Power",
      [
        { id: "gpu0", label: "GPU 0" },
        { id: "gpu1", label: "GPU 1" },
      ],
      rows(300, 500),
      format,
    ),
  ).toBe("Power. GPU 0: latest 500 W, lowest 300 W, highest 500 W. GPU 1: no samples.");
});

test("more than four series are counted, not read out", () => {
  const series = Array.from({ length: 8 }, (_, n) => ({ id: `gpu${n}`, label: `GPU ${n}` }));
  expect(chartSentence("Power", series, [], String)).toMatch(/And 4 more\.$/);
});

test("a value between two gaps stands alone, at the edges as well", () => {
  const lone = rows(1, null, 2, 3, null, 4);
  expect(lone.map((_, index) => isLone(lone, "gpu0", index))).toEqual([
    true,
    false,
    false,
    false,
    false,
    true,
  ]);
});

test("ticks are round moments of the reader's clock, within the range and few enough", () => {
  const from = Date.parse("2026-10-03T12:07:00Z");
  const hour = 3_600_000;
  const iso = (ticks: number[]) => ticks.map((at) => new Date(at).toISOString().slice(11, 16));
  expect(iso(timeTicks(from, from + hour, 6, 0))).toEqual([
    "12:10",
    "12:20",
    "12:30",
    "12:40",
    "12:50",
    "13:00",
  ]);
  // UTC+2: six-hourly ticks at the reader's 18:00, 00:00, …
  expect(iso(timeTicks(from, from + 24 * hour, 4, 2 * hour))).toEqual([
    "16:00",
    "22:00",
    "04:00",
    "10:00",
  ]);
});

test("values are ticked at round figures of the unit that is shown, up to the greatest", () => {
  expect(valueTicks(100)).toEqual([0, 25, 50, 75, 100]);
  expect(valueTicks(644)).toEqual([0, 200, 400, 600, 800]);
  expect(valueTicks(143_771, 1024)).toEqual([0, 50, 100, 150].map((gib) => gib * 1024));
  expect(valueTicks(0)).toEqual([0, 1]);
});

test("as CSV what is not known is empty, and times are in UTC", () => {
  expect(
    rowsAsCsv(
      [
        { id: "a", label: 'GPU "0"' },
        { id: "b", label: "GPU 1" },
      ],
      [{ at: 0, a: 1.5, b: null }],
      "W",
    ),
  ).toBe('time,"GPU ""0"" (W)","GPU 1 (W)"\r\n1970-01-01T00:00:00.000Z,1.5,\r\n');
});
