"use client";

import { useSyncExternalStore } from "react";

const noTicks = () => () => {};

/**
 * The browser's clock in milliseconds, moved on every `stepMs`; `null` on the server and during
 * hydration, where a person's clock is not known. Values are multiples of the step, so that all
 * users of one step render together.
 */
export function useNow(stepMs: number): number | null {
  return useSyncExternalStore(
    (changed) => {
      const timer = setInterval(changed, Math.min(stepMs, 1000));
      return () => clearInterval(timer);
    },
    () => Math.floor(Date.now() / stepMs) * stepMs,
    () => null,
  );
}

/** False on the server and during hydration, true afterwards. */
export function useHydrated(): boolean {
  return useSyncExternalStore(
    noTicks,
    () => true,
    () => false,
  );
}
