import * as fc from "fast-check";
import { expect, test } from "vitest";
import { deliveryHours, readAnswer, retryAfterMs } from "#lib/domain/notification/delivery";

test("a message is tried again after 10 s, then twice as long each time, an hour at most", () => {
  const seconds = [1, 2, 3, 4, 9, 10, 500].map((attempt) => retryAfterMs(attempt, 0) / 1000);
  expect(seconds).toEqual([10, 20, 40, 80, 2_560, 3_600, 3_600]);
});

test("a wait is never under nine tenths of that, and never over it", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 1_000 }),
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      (attempt, random) => {
        const full = retryAfterMs(attempt, 0);
        const ms = retryAfterMs(attempt, random);
        return ms >= full * 0.9 - 1 && ms <= full;
      },
    ),
  );
});

test("in a day a receiver that is down is asked some thirty times, not thousands", () => {
  let tries = 0;
  for (let ms = 0; ms < deliveryHours * 3_600_000; ms += retryAfterMs(++tries, 0));
  expect(tries).toBeGreaterThan(24);
  expect(tries).toBeLessThan(40);
});

test("only 2xx is done, and only 410 is a no for good", () => {
  const is = (status: number) => {
    const { isDone, isFinal } = readAnswer(status);
    return isDone ? "done" : isFinal ? "no" : "again";
  };
  expect([200, 204, 301, 307, 400, 401, 404, 410, 429, 500, 503].map(is)).toEqual([
    "done",
    "done",
    "again",
    "again",
    "again",
    "again",
    "again",
    "no",
    "again",
    "again",
    "again",
  ]);
});
