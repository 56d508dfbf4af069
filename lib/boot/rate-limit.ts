export type RateLimit = {
  /** Counts one act; 0 when it is allowed, else the seconds until the next one is. */
  retryAfterSeconds: (key: string) => number;
};

/** Keys that are remembered at once: beyond it, those whose minute is over are dropped. */
const manyKeys = 10_000;

/** At most so many acts of one key within a minute, which begins with the first of them. */
export function rateLimit(perMinute: number, nowMs: () => number): RateLimit {
  const minutes = new Map<string, { endsMs: number; count: number }>();
  return {
    retryAfterSeconds: (key) => {
      const now = nowMs();
      const minute = minutes.get(key);
      if (minute && now < minute.endsMs) {
        minute.count++;
        return minute.count <= perMinute ? 0 : Math.ceil((minute.endsMs - now) / 1000);
      }
      if (minutes.size >= manyKeys) {
        for (const [other, { endsMs }] of minutes) if (endsMs <= now) minutes.delete(other);
      }
      minutes.set(key, { endsMs: now + 60_000, count: 1 });
      return 0;
    },
  };
}
