import type { StateKind } from "#components/ui/state-text";
import type { NodeLifecycle } from "#lib/domain/node/lifecycle";

/** How a node's lifecycle is told: what it means to an operator, and its word. */
export const lifecycleLooks = {
  enrolled: { kind: "motion", word: "Enrolled" },
  verifying: { kind: "motion", word: "Verifying" },
  discovering: { kind: "motion", word: "Discovering" },
  validating: { kind: "motion", word: "Validating" },
  available: { kind: "ok", word: "Available" },
  reserved: { kind: "motion", word: "Reserved" },
  deploying: { kind: "motion", word: "Deploying" },
  active: { kind: "ok", word: "Active" },
  releasing: { kind: "motion", word: "Releasing" },
  sanitizing: { kind: "motion", word: "Sanitizing" },
  failed: { kind: "critical", word: "Failed" },
  quarantined: { kind: "attention", word: "Quarantined" },
  retired: { kind: "neutral", word: "Retired" },
} as const satisfies Record<NodeLifecycle, { kind: StateKind; word: string }>;

/** How a controller's state is told. */
export const controllerLooks: Record<string, { kind: StateKind; word: string }> = {
  unknown: { kind: "neutral", word: "Not asked yet" },
  reachable: { kind: "ok", word: "Reachable" },
  unreachable: { kind: "critical", word: "Unreachable" },
  auth_failed: { kind: "critical", word: "Refuses our sign-in" },
  certificate_changed: { kind: "critical", word: "Another certificate" },
};

/** How power is told. */
export const powerLooks: Record<string, { kind: StateKind; word: string }> = {
  unknown: { kind: "neutral", word: "Unknown" },
  on: { kind: "ok", word: "On" },
  off: { kind: "neutral", word: "Off" },
  turning_on: { kind: "motion", word: "Turning on" },
  turning_off: { kind: "motion", word: "Turning off" },
};
