import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createPace, restMsOf } from "#lib/client/paced-reads";
import { mostPerMinute } from "#lib/domain/access/pace";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "performance"] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** A script that writes every so often, and a page that reads what it has written by then. */
function following(answer: (read: number) => Promise<number>) {
  const ask = createPace();
  const reads: number[] = [];
  const lateMs: number[] = [];
  let unread: number[] = [];
  const read = async () => {
    reads.push(performance.now());
    lateMs.push(...unread.map((at) => performance.now() - at));
    unread = [];
    return answer(reads.length);
  };
  const writes = async (everyMs: number, forMs: number) => {
    for (let atMs = 0; atMs < forMs; atMs += everyMs) {
      unread.push(performance.now());
      ask(read);
      await vi.advanceTimersByTimeAsync(everyMs);
    }
    await vi.advanceTimersByTimeAsync(10_000);
  };
  return { reads, lateMs, writes, unread: () => unread };
}

test("what is written many times a second is read once a second, none of it later than that", async () => {
  const page = following(async () => 0);
  await page.writes(100, 60_000);
  // With all else that such a page asks for: several at once are within what their person may.
  expect(page.reads.length).toBeLessThanOrEqual(61);
  expect(page.reads.length).toBeLessThan(mostPerMinute.read / 5);
  expect(page.lateMs).toHaveLength(600);
  expect(Math.max(...page.lateMs)).toBeLessThanOrEqual(1_000);
});

test("what is written seldom is read at once", async () => {
  const page = following(async () => 0);
  await page.writes(3_000, 30_000);
  expect(page.lateMs).toEqual(Array.from({ length: 10 }, () => 0));
});

test("reads that take long are not begun beside each other", async () => {
  let [open, most] = [0, 0];
  const page = following(async () => {
    most = Math.max(most, ++open);
    await new Promise((resolve) => setTimeout(resolve, 4_000));
    open--;
    return 0;
  });
  await page.writes(500, 20_000);
  expect(most).toBe(1);
  expect(page.reads.length).toBeLessThanOrEqual(7);
  expect(page.unread()).toEqual([]);
});

test("after a refusal nothing is read for as long as it says, and then all at once", async () => {
  const refused = new Response(null, { status: 429, headers: { "retry-after": "40" } });
  const page = following(async (read) => (read === 3 ? restMsOf(refused) : 0));
  await page.writes(500, 60_000);
  const [, , third = 0, fourth = 0] = page.reads;
  expect(fourth - third).toBe(40_000);
  expect(page.reads.length).toBeLessThanOrEqual(23);
  expect(page.unread()).toEqual([]);
});

test.each([
  ["7", 7_000],
  ["Mon, 30 Nov 2026 22:00:00 GMT", 0],
  [null, 0],
])("a refusal that says to come again after %s means %i ms", (after, ms) => {
  const headers = new Headers(after === null ? {} : { "retry-after": after });
  expect(restMsOf(new Response(null, { status: 429, headers }))).toBe(ms);
});
