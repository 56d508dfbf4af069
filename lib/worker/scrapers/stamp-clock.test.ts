import { afterEach, expect, test, vi } from "vitest";
import { stampClock } from "#lib/worker/scrapers/stamp-clock";

afterEach(() => {
  vi.useRealTimers();
});

const [startMs, hour] = [Date.UTC(2026, 10, 30), 3_600_000];

test("samples are stamped by the database's clock, whatever this machine's says and however it jumps", async () => {
  vi.useFakeTimers({ toFake: ["Date", "performance", "setTimeout"], now: startMs });
  const began = performance.now();
  let [tookMs, aheadMs] = [100, hour];
  const clock = stampClock(async () => {
    await new Promise((done) => setTimeout(done, tookMs / 2));
    const ms = startMs + performance.now() - began + aheadMs;
    await new Promise((done) => setTimeout(done, tookMs / 2));
    return ms;
  });
  const read = async () => {
    const reading = clock.read();
    await vi.advanceTimersByTimeAsync(tookMs);
    await reading;
  };
  expect(clock.now()).toBe(startMs);
  await read();
  expect(clock.now()).toBe(startMs + hour + 100);
  vi.setSystemTime(startMs - 24 * hour);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(clock.now()).toBe(startMs + hour + 5_100);
  // What waited for long says little, and a later reading puts right what has drifted.
  [tookMs, aheadMs] = [4_000, hour + 700];
  await read();
  expect(clock.now()).toBe(startMs + hour + 9_100);
  tookMs = 10;
  await read();
  expect(clock.now()).toBe(startMs + hour + 9_810);
});
