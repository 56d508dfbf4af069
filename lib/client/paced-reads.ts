/** How long after one read has begun the next may. */
const leastMs = 1_000;

/**
 * Gives a function that asks for a read of what changes often: it begins at once, or a second after the last one
 * began, and never beside another. It is for all that ask before it begins. A read gives for how many milliseconds
 * there is to be none, as one that is refused is told; 0 where nothing is said.
 */
export function createPace(): (read: () => Promise<number>) => void {
  let [isAsked, isReading, dueMs] = [false, false, Number.NEGATIVE_INFINITY];

  return async (read) => {
    isAsked = true;
    if (isReading) return;
    isReading = true;
    while (isAsked) {
      const waitMs = dueMs - performance.now();
      if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
      isAsked = false;
      dueMs = performance.now() + leastMs;
      const restMs = await read();
      // What was refused is still to be read, though nothing more may come.
      if (restMs > 0) isAsked = true;
      dueMs = Math.max(dueMs, performance.now() + restMs);
    }
    isReading = false;
  };
}

/** How long a refusal says that nothing is to be asked, in milliseconds; 0 where it does not say. */
export function restMsOf(refused: Response): number {
  // A number of seconds, as we send it; a date, as something between may, is taken for nothing.
  return Number(refused.headers.get("retry-after")) * 1_000 || 0;
}
