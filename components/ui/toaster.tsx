"use client";

import { X } from "lucide-react";
import { useSyncExternalStore } from "react";
import { StateGlyph, type StateKind } from "#components/ui/state-text";

type Toast = { id: number; kind: StateKind; title: string; detail?: string };

const shownMs = 6_000;
const nothing: readonly Toast[] = [];
let toasts: readonly Toast[] = nothing;
let nextId = 1;
const listeners = new Set<() => void>();

function replace(next: readonly Toast[]) {
  toasts = next;
  for (const listener of listeners) listener();
}

function dismiss(id: number) {
  replace(toasts.filter((toast) => toast.id !== id));
}

/**
 * Says what an act led to, for a few seconds. Only for news that is also visible elsewhere on the
 * page; a refusal belongs beside its control.
 */
export function notify(title: string, options: { kind?: StateKind; detail?: string } = {}) {
  const id = nextId++;
  replace([...toasts.slice(-2), { id, title, kind: options.kind ?? "ok", detail: options.detail }]);
  // What went wrong stays until it is dismissed.
  if (options.kind !== "critical") setTimeout(() => dismiss(id), shownMs);
}

function subscribe(listener: () => void) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Where `notify` shows. Once, in the root layout. Our own, since toast packages inject styles that the CSP refuses. */
export function Toaster() {
  const shown = useSyncExternalStore(
    subscribe,
    () => toasts,
    () => nothing,
  );
  return (
    <section
      aria-label="Notifications"
      aria-live="polite"
      className="pointer-events-none fixed right-4 bottom-4 left-4 z-60 flex flex-col items-end gap-2"
    >
      {shown.map((toast) => (
        <div
          key={toast.id}
          className="pointer-events-auto flex w-full max-w-sm items-start gap-2.5 rounded-md bg-raised py-2.5 pr-2 pl-3.5 text-sm shadow-raised"
        >
          <StateGlyph kind={toast.kind} className="mt-[5px]" />
          <div className="min-w-0 flex-1">
            <p className="font-medium">{toast.title}</p>
            {toast.detail && <p className="text-muted text-xs">{toast.detail}</p>}
          </div>
          <button
            type="button"
            aria-label={`Dismiss: ${toast.title}`}
            onClick={() => dismiss(toast.id)}
            className="flex size-6 items-center justify-center rounded-sm text-faint hover:bg-hover hover:text-ink"
          >
            <X aria-hidden="true" className="size-3.5" />
          </button>
        </div>
      ))}
    </section>
  );
}
