import { expect, test } from "vitest";
import {
  type ChartRow,
  chartSentence,
  figuresOf,
  isLone,
  rowsAsCsv,
  summarizeRows,
  timeTicks,
  valueTicks,
} from "#lib/client/chart-rows";

const rows = (...values: (number | null)[]): ChartRow[] =>
  values.map((value, index) => ({ at: index * 1_000, gpu0: value }));

/** Told then, of what is measured each 15 s or as said. */
const at = (nowMs: number | null, scrapeMs = 15_000) =>
  nowMs === null ? null : { nowMs, scrapeMs };

test("the latest value is the newest that is known, and unknown once it is old", () => {
  const told = (nowMs: number | null, ...values: (number | null)[]) =>
    summarizeRows(rows(...values), "gpu0", at(nowMs));
  expect(told(3_500, 10, 40, 25, null)).toEqual({ latest: 25, mean: 25, min: 10, max: 40 });
  expect(told(48_000, 10, 40, 25, null).latest).toBeNull();
  expect(told(1_500, null, null)).toEqual({ latest: null, mean: null, min: null, max: null });
  expect(told(1_500, 5, 0).latest).toBe(0);
  expect(told(null, 5, 1)).toMatchObject({ latest: null, mean: 3 });
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
      at(1_500),
    ),
  ).toBe("Power. GPU 0: latest 500 W, lowest 300 W, highest 500 W. GPU 1: no samples.");
});

test("a figure beside a series says what it is where that is not plainly the present", () => {
  const hourly = [0, 1, 2].map((n) => ({ at: n * 3_600_000, gpu0: 400 }));
  const words = (told: ChartRow[], nowMs: number | null, scrapeMs = 15_000) =>
    figuresOf(told, at(nowMs, scrapeMs)).words?.replaceAll("\u00a0", " ");
  expect(words(rows(1, 2), 1_500)).toBeUndefined();
  expect(words(hourly, 2.5 * 3_600_000)).toBe("Mean of up to the last 1 h");
  expect(words(hourly, 9 * 3_600_000)).toBe("Mean of what is shown");
  expect(words(hourly, null)).toBe("Mean of what is shown");
  // A row that is no wider than three scrapes is plainly the present.
  const minutely = [0, 1, 2].map((n) => ({ at: n * 60_000, gpu0: 400 }));
  expect(words(minutely, 170_000)).toBe("Mean of up to the last 1 min");
  expect(words(minutely, 170_000, 20_000)).toBeUndefined();
  expect(words(minutely, 260_000)).toBe("Mean of what is shown");
  expect(words(minutely, 260_000, 60_000)).toBeUndefined();
});

test("more than four series are counted, not read out", () => {
  const series = Array.from({ length: 8 }, (_, n) => ({ id: `gpu${n}`, label: `GPU ${n}` }));
  expect(chartSentence("Power", series, [], String, at(0))).toMatch(/And 4 more\.$/);
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
  expect(iso(timeTicks(from, from + hour, 6, () => 0))).toEqual([
    "12:10",
    "12:20",
    "12:30",
    "12:40",
    "12:50",
    "13:00",
  ]);
  // UTC+2: six-hourly ticks at the reader's 18:00, 00:00, …
  expect(iso(timeTicks(from, from + 24 * hour, 4, () => 2 * hour))).toEqual([
    "16:00",
    "22:00",
    "04:00",
    "10:00",
  ]);
});

// Berlin puts its clock forward on 2027-03-28 and back on 2027-10-31, both at 01:00 UTC.
const berlin = (at: number) => {
  const isSummer =
    at >= Date.parse("2027-03-28T01:00:00Z") && at < Date.parse("2027-10-31T01:00:00Z");
  return (isSummer ? 2 : 1) * 3_600_000;
};
const ticksIn = (from: string, to: string, most: number, offsetAt = berlin) =>
  timeTicks(Date.parse(from), Date.parse(to), most, offsetAt).map((at) =>
    new Date(at).toISOString().slice(5, 16),
  );

test("days begin at the reader's midnight on both sides of a change to summer time and back", () => {
  expect(ticksIn("2027-03-26T12:00Z", "2027-03-31T12:00Z", 7)).toEqual([
    "03-26T23:00",
    "03-27T23:00",
    "03-28T22:00",
    "03-29T22:00",
    "03-30T22:00",
  ]);
  expect(ticksIn("2027-10-29T12:00Z", "2027-11-02T12:00Z", 7)).toEqual([
    "10-29T22:00",
    "10-30T22:00",
    "10-31T23:00",
    "11-01T23:00",
  ]);
  // Where the clock leaves midnight out, the day begins with the change.
  const fromMidnight = (at: number) => (at >= Date.parse("2027-03-28T00:00Z") ? 3_600_000 : 0);
  expect(ticksIn("2027-03-26T12:00Z", "2027-03-29T12:00Z", 4, fromMidnight)).toEqual([
    "03-27T00:00",
    "03-28T00:00",
    "03-28T23:00",
  ]);
});

test("an hour that the clock leaves out is no tick, and one that it shows twice is two", () => {
  expect(ticksIn("2027-03-28T00:00Z", "2027-03-28T03:00Z", 3)).toEqual([
    "03-28T00:00",
    "03-28T01:00",
    "03-28T02:00",
    "03-28T03:00",
  ]);
  // Two-hourly, at the reader's 00:00, then 04:00: there is no 02:00.
  expect(ticksIn("2027-03-27T22:30Z", "2027-03-28T03:30Z", 3)).toEqual([
    "03-27T23:00",
    "03-28T02:00",
  ]);
  // 00:00, 02:00, 02:00 again, 04:00.
  expect(ticksIn("2027-10-30T21:30Z", "2027-10-31T03:30Z", 3)).toEqual([
    "10-30T22:00",
    "10-31T00:00",
    "10-31T01:00",
    "10-31T03:00",
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
        { id: "b", label: "GPU 1", bounds: { low: "b_low", high: "b_high" } },
      ],
      [{ at: 0, a: 1.5, b: null, b_low: null, b_high: 2 }],
      "W",
    ),
  ).toBe(
    'time,"GPU ""0"" (W)","GPU 1 (W)","GPU 1, low (W)","GPU 1, high (W)"\r\n1970-01-01T00:00:00.000Z,1.5,,,2\r\n',
  );
});
