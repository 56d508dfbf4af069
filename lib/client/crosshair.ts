"use client";

import { useSyncExternalStore } from "react";

// The moment that the reader points at, shared by the charts of one group: a store of its own, so
// that a move of the pointer draws a line in each of them and renders nothing else.

type Group = { at: number | null; listeners: Set<() => void> };
const groups = new Map<string, Group>();

function groupOf(id: string): Group {
  const known = groups.get(id);
  if (known) return known;
  const group: Group = { at: null, listeners: new Set() };
  groups.set(id, group);
  return group;
}

/** Points all charts of a group at a moment, or at none. */
export function pointAt(id: string, at: number | null): void {
  const group = groupOf(id);
  if (group.at === at) return;
  group.at = at;
  for (const listener of group.listeners) listener();
}

/** The moment that a group points at. */
export function useCrosshair(id: string): number | null {
  const group = groupOf(id);
  return useSyncExternalStore(
    (changed) => {
      group.listeners.add(changed);
      return () => group.listeners.delete(changed);
    },
    () => group.at,
    () => null,
  );
}
