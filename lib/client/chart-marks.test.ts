import { expect, test } from "vitest";
import { marksOf } from "#lib/client/chart-marks";
import { formatLocal } from "#lib/client/format";

test("what began before a chart and still held is marked where it begins, and what is over where it ended", () => {
  const event = (atMs: number, untilMs: number | null, words: string) => ({
    ...{ atMs, untilMs, words },
    kind: "attention" as const,
  });
  const events = [
    event(0, null, "still holds"),
    event(10, 50, "over before"),
    event(20, 150, "over within"),
    event(120, 120, "a moment"),
    event(130, 201, "over after"),
    event(200, null, "on the edge"),
    event(201, null, "after"),
  ];
  const since = formatLocal(0);
  expect(marksOf(events, { from: 100, to: 200 })).toEqual([
    { at: 100, kind: "attention", words: `still holds, since ${since}` },
    { at: 100, kind: "attention", words: `over within, since ${since}` },
    { at: 120, kind: "attention", words: "a moment" },
    { at: 130, kind: "attention", words: "over after" },
    { at: 150, kind: "neutral", words: "over within, past", isEnd: true },
    { at: 200, kind: "attention", words: "on the edge" },
  ]);
});
