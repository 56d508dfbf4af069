import { expect, test } from "vitest";
import { marksOf } from "#lib/client/chart-marks";
import { formatLocal } from "#lib/client/format";

test("what began before a chart and still held is marked where it begins, and what was over is not", () => {
  const event = (atMs: number, untilMs: number | null, words: string) => ({
    ...{ atMs, untilMs, words },
    kind: "attention" as const,
  });
  const events = [
    event(0, null, "still holds"),
    event(10, 50, "over before"),
    event(20, 150, "over within"),
    event(120, 120, "a moment"),
    event(200, null, "on the edge"),
    event(201, null, "after"),
  ];
  const since = formatLocal(0);
  expect(marksOf(events, { from: 100, to: 200 }).map(({ at, words }) => [at, words])).toEqual([
    [100, `still holds, since ${since}`],
    [100, `over within, since ${since}`],
    [120, "a moment"],
    [200, "on the edge"],
  ]);
});
