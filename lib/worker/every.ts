import type { Log } from "#lib/config/log";

/**
 * Runs `task` now, or in `firstMs`, and then again `intervalMs` after it has ended, until stopped. A
 * failure is logged and does not end the series. `stop` waits for the run in hand.
 */
export function every(
  intervalMs: number,
  name: string,
  task: () => Promise<unknown>,
  log: Log,
  firstMs = 0,
): { stop: () => Promise<void>; now: () => void } {
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  let again = false;

  async function run(): Promise<void> {
    again = false;
    try {
      await task();
    } catch (error) {
      log.error({ error, task: name }, "task failed; it is tried again");
    }
    running = undefined;
    if (stopped) return;
    timer = setTimeout(start, again ? 0 : intervalMs);
  }
  function start(): void {
    clearTimeout(timer);
    running ??= run();
  }

  if (firstMs > 0) timer = setTimeout(start, firstMs);
  else start();
  return {
    now: () => {
      if (stopped) return;
      if (running) again = true;
      else start();
    },
    stop: async () => {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}
