/** A reading that took longer says less of the clock than the one before it. */
const longestMs = 1_000;

export type StampClock = { read: () => Promise<void>; now: () => number };

/**
 * What samples are stamped by: the database's clock, as `readMs` gives it, carried on between readings by a
 * clock of this process that never jumps. Allocations begin and end by the database's: a sample that is
 * stamped by another could lie in the time of somebody else, and be read there. Until it has been read once
 * `now` is this process' own.
 */
export function stampClock(readMs: () => Promise<number>): StampClock {
  let told: { ms: number; at: number } | null = null;
  return {
    async read() {
      const began = performance.now();
      const ms = await readMs();
      const ended = performance.now();
      if (told && ended - began > longestMs) return;
      // It was that some time between, give or take half of it.
      told = { ms, at: (began + ended) / 2 };
    },
    now: () => Math.round(told ? told.ms + performance.now() - told.at : Date.now()),
  };
}
