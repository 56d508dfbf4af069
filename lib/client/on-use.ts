const atMostEveryMs = 60_000;

/** Calls `tell` when somebody uses the page by hand, at once and then once a minute at most; gives how to stop. */
export function onUse(tell: () => void): () => void {
  let toldAt = Number.NEGATIVE_INFINITY;
  const used = () => {
    const now = performance.now();
    if (now - toldAt < atMostEveryMs) return;
    toldAt = now;
    tell();
  };
  const kinds = ["pointerdown", "keydown", "wheel"] as const;
  for (const kind of kinds) addEventListener(kind, used, { capture: true, passive: true });
  return () => {
    for (const kind of kinds) removeEventListener(kind, used, { capture: true });
  };
}
