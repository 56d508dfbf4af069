import type { NodeLifecycle } from "#lib/domain/node/lifecycle";

/** Where a node can be on its way from the rack to its first tenant, and beside it. */
export const readinessStages = [
  "enrolled",
  "verifying",
  "discovering",
  "validating",
  "available",
  "failed",
  "quarantined",
] as const satisfies readonly NodeLifecycle[];
export type ReadinessStage = (typeof readinessStages)[number];
