import { expect, test } from "vitest";
import { isSessionLive, sessionLife } from "#lib/domain/access/session-life";
import { waitAfterFailures } from "#lib/domain/access/sign-in-wait";

test("the wait doubles with each failure, ends at a quarter of an hour, and is never for ever", () => {
  const waits = Array.from({ length: 14 }, (_, i) => waitAfterFailures("account", i) / 1000);
  expect(waits).toEqual([0, 0, 0, 0, 0, 5, 10, 20, 40, 80, 160, 320, 640, 900]);
  expect(waitAfterFailures("account", 1_000_000)).toBe(15 * 60_000);
});

test.for(["account", "code", "proof"] as const)(
  "whoever guesses at one %s has ten tries in the first five minutes",
  (kind) => {
    let tries = 0;
    for (let atMs = 0; atMs < 5 * 60_000; atMs += waitAfterFailures(kind, tries)) tries += 1;
    expect(tries).toBe(10);
  },
);

test("an address has more tries than an account: it may be a whole office", () => {
  expect(waitAfterFailures("address", 20)).toBe(0);
  expect(waitAfterFailures("address", 21)).toBe(5_000);
});

test.for([true, false])("a session ends by age and by idleness (operator: %s)", (isOperator) => {
  const { idleMs, absoluteMs } = isOperator ? sessionLife.operator : sessionLife.member;
  const createdAt = new Date(0);
  const live = (lastSeenMs: number, nowMs: number) =>
    isSessionLive({ createdAt, lastSeenAt: new Date(lastSeenMs) }, isOperator, new Date(nowMs));
  expect(live(0, idleMs - 1)).toBe(true);
  expect(live(0, idleMs)).toBe(false);
  expect(live(absoluteMs - 1, absoluteMs - 1)).toBe(true);
  expect(live(absoluteMs, absoluteMs)).toBe(false);
});
