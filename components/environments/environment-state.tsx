import type { StateKind } from "#components/ui/state-text";
import type { EnvironmentState } from "#lib/domain/environment/state";

/** What each state means to the reader. */
export const stateKinds = {
  queued: "motion",
  provisioning: "motion",
  ready: "ok",
  stopping: "motion",
  stopped: "neutral",
  starting: "motion",
  restarting: "motion",
  reinstalling: "motion",
  failed: "critical",
  releasing: "motion",
  released: "neutral",
} as const satisfies Record<EnvironmentState, StateKind>;

type Told = { state: EnvironmentState; degraded: readonly string[] };

/** As `stateKinds`; an environment that runs on a node in bad health wants attention. */
export function kindOf({ state, degraded }: Told): StateKind {
  return degraded.length > 0 && state !== "failed" ? "attention" : stateKinds[state];
}
