import type { StateKind } from "#components/ui/state-text";
import type { OperationState } from "#lib/domain/operation/operation";

/** How the state of an operation is told. */
export const operationLooks = {
  ready: { kind: "motion", word: "Queued" },
  running: { kind: "motion", word: "Running" },
  waiting: { kind: "motion", word: "Waiting" },
  stuck: { kind: "critical", word: "Stuck" },
  succeeded: { kind: "ok", word: "Succeeded" },
  failed: { kind: "critical", word: "Failed" },
  aborted: { kind: "neutral", word: "Aborted" },
  superseded: { kind: "neutral", word: "Superseded" },
} as const satisfies Record<OperationState, { kind: StateKind; word: string }>;
