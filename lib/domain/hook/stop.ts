import { type HookKind, type HookRunState, hasHookEnded } from "#lib/domain/hook/hook";

/** A run of a hook, as far as it decides whether its provider can be left alone. */
export type RunToStop = { kind: HookKind; state: HookRunState; event: unknown };

/**
 * Why an operator cannot have a provider asked no more, and what to do about it; null when they can. Only
 * what takes something back is asked until its time is over whatever comes: all else ends with its
 * operation, which can be aborted.
 */
export function whyNotStopped(run: RunToStop): { reason: string; advice: string } | null {
  if (run.kind !== "http" || run.event !== "destroy") {
    return {
      reason: "Only a provider that is to take something back is asked until somebody stops it.",
      advice: "Abort the operation instead.",
    };
  }
  if (hasHookEnded(run.state)) {
    return { reason: "Its provider is asked no more.", advice: "See what it came to." };
  }
  return null;
}
