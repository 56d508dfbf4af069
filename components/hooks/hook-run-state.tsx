import { StateBadge, type StateKind } from "#components/ui/state-text";
import type { HookRunState } from "#lib/domain/hook/hook";

const looks: Record<HookRunState, { kind: StateKind; word: string }> = {
  ready: { kind: "motion", word: "Queued" },
  running: { kind: "motion", word: "Running" },
  waiting: { kind: "motion", word: "Waiting" },
  succeeded: { kind: "ok", word: "Done" },
  failed: { kind: "critical", word: "Failed" },
  skipped: { kind: "neutral", word: "Skipped" },
  cancelled: { kind: "neutral", word: "Cancelled" },
};

/** What has become of a run. */
export function HookRunStateText({ state }: { state: HookRunState }) {
  return <StateBadge {...looks[state]} />;
}

export const hookRunStateWords = Object.fromEntries(
  Object.entries(looks).map(([state, { word }]) => [state, word]),
) as Record<HookRunState, string>;
