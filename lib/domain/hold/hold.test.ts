import fc from "fast-check";
import { expect, test } from "vitest";
import { holdMs, mayHold, minutesWords, mostVainHolds, type PastHold } from "#lib/domain/hold/hold";
import { refusalMessage } from "#lib/domain/refusal";

const minute = 60_000;
const now = new Date("2026-11-28T14:00:00Z");
const ago = (minutes: number) => new Date(now.getTime() - minutes * minute);

const past = (minutes: number, more: Partial<PastHold> = {}): PastHold => ({
  isOwn: false,
  isOfProject: true,
  startedAt: ago(minutes),
  endsAt: ago(minutes - 5),
  ending: "run_out",
  ...more,
});

test.for([
  ["nobody has held anything", [], true],
  ["one's own ran out a minute ago", [past(6, { isOwn: true })], false],
  ["it ran out and nobody has written that down", [past(6, { isOwn: true, ending: null })], false],
  ["one's own was let go", [past(6, { isOwn: true, ending: "let_go", endsAt: ago(5) })], false],
  ["an operator took it back", [past(6, { isOwn: true, ending: "taken_back" })], false],
  ["one launched with it", [past(6, { isOwn: true, ending: "launched" })], true],
  ["one's own ended ten minutes ago", [past(15, { isOwn: true })], true],
  ["a colleague's ran out", [past(6)], true],
  ["colleagues held four times", [past(50), past(40), past(30), past(20)], false],
  ["one of four was replaced", [past(50, { ending: "replaced" }), past(40), past(30)], true],
  [
    "another project's colleagues held four times",
    [50, 40, 30, 20].map((minutes) => past(minutes, { isOfProject: false })),
    true,
  ],
  [
    "all projects of the tenant held six times",
    [55, 50, 40, 30, 20, 15].map((minutes) => past(minutes, { isOfProject: false })),
    false,
  ],
  [
    "one's own in another project ran out a minute ago",
    [past(6, { isOwn: true, isOfProject: false })],
    false,
  ],
  ["the first of four was an hour ago", [past(60), past(40), past(30), past(20)], true],
] as const)("%s", ([_, holds, allowed]) => {
  expect(mayHold(holds, now).ok).toBe(allowed);
});

test("a refusal says when one can hold again, and after that one can", () => {
  const rest = mayHold([past(6, { isOwn: true })], now);
  expect(rest.ok || refusalMessage(rest.refusal)).toContain("again in 9 minutes");
  expect(mayHold([past(6, { isOwn: true })], ago(-9)).ok).toBe(true);
  const many = [past(50), past(40), past(30), past(20)];
  const refused = mayHold(many, now);
  expect(refused.ok || refusalMessage(refused.refusal)).toContain("again in 10 minutes");
  expect(mayHold(many, ago(-10)).ok).toBe(true);
});

test("minutes are rounded up", () => {
  expect([1, 60_000, 60_001].map(minutesWords)).toEqual(["1 minute", "1 minute", "2 minutes"]);
});

// Guarantee: nobody starves the fleet by holding again and again, whoever tries how often.
test("people who hold whenever they may keep nodes from others a third of the time at most", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 0, max: 5 })), {
        maxLength: 400,
      }),
      (tries) => {
        const held: { by: number; startedAt: Date; endsAt: Date }[] = [];
        for (const [at, by] of tries.sort((a, b) => a[0] - b[0])) {
          const then = new Date(now.getTime() + at * minute);
          const before = held
            .filter((hold) => hold.startedAt.getTime() > then.getTime() - 60 * minute)
            .map((hold) => ({ ...hold, isOwn: hold.by === by, isOfProject: true, ending: null }));
          if (!mayHold(before, then).ok) continue;
          held.push({ by, startedAt: then, endsAt: new Date(then.getTime() + holdMs) });
        }
        // In any hour that begins with a hold.
        for (const { startedAt } of held) {
          const from = startedAt.getTime();
          const inHour = held.filter(
            (hold) =>
              hold.startedAt.getTime() >= from && hold.startedAt.getTime() < from + 60 * minute,
          );
          expect(inHour.length).toBeLessThanOrEqual(mostVainHolds);
        }
      },
    ),
    { numRuns: 100 },
  );
});
