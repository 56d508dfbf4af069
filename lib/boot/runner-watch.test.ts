import { pino } from "pino";
import { afterEach, expect, test, vi } from "vitest";
import { RunnerWatch } from "#lib/boot/runner-watch";
import type { ScriptStore } from "#lib/boot/script-store";

afterEach(() => {
  vi.useRealTimers();
});

test("how long runners were listened to is not told by a clock that people set", async () => {
  const startMs = Date.UTC(2026, 10, 30);
  vi.useFakeTimers({ toFake: ["Date"], now: startMs });
  const listened: number[] = [];
  const endUnheard = async (seconds: number) => void listened.push(seconds);
  const watch = new RunnerWatch({
    scripts: { endUnheard } as unknown as ScriptStore,
    log: pino({ enabled: false }),
  });
  const hour = 3_600_000;
  for (const at of [startMs, startMs - hour, startMs + hour]) {
    vi.setSystemTime(at);
    await watch.look();
  }
  for (const seconds of listened) expect(seconds).toBeGreaterThanOrEqual(0);
  expect(listened).toHaveLength(3);
});
