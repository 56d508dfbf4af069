"use client";

import { useSyncExternalStore } from "react";

const tickMs = 1_000;
const watchers = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;

/** One clock for all: a page of a hundred instants has one timer. */
function watch(watcher: () => void): () => void {
  watchers.add(watcher);
  timer ??= setInterval(() => {
    for (const each of watchers) each();
  }, tickMs);
  return () => {
    watchers.delete(watcher);
    if (watchers.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

/**
 * The browser's clock in milliseconds, moved on every `stepMs` (whole seconds); `null` on the server
 * and during hydration, where the reader's clock is not known. Values are multiples of the step, so
 * that all users of one step render together, and none more often than it needs.
 */
export function useNow(stepMs: number): number | null {
  return useSyncExternalStore(
    watch,
    () => Math.floor(Date.now() / stepMs) * stepMs,
    () => null,
  );
}

const noTicks = () => () => {};

/** False on the server and during hydration, true afterwards. */
export function useHydrated(): boolean {
  return useSyncExternalStore(
    noTicks,
    () => true,
    () => false,
  );
}
