import type { BurnInOutcome } from "#lib/domain/inspection/burn-in";
import type { HostConflict } from "#lib/domain/inspection/conflicts";
import type { HostFacts } from "#lib/domain/inspection/host-facts";

/** One inspection of a node, as views give it. */
export type Inspection = {
  id: string;
  at: string;
  ordered: string;
  tool: string | null;
  facts: HostFacts | null;
  conflicts: HostConflict[];
  accepted: boolean;
  verdict: string;
  tests: (Omit<BurnInOutcome, "startedAt" | "endedAt"> & { startedAt: string; endedAt: string })[];
};

/** How each kind of conflict is shown. */
export const conflictLooks = {
  identity: { kind: "critical", word: "Another machine" },
  hardware: { kind: "attention", word: "Conflict" },
  link: { kind: "attention", word: "Narrow link" },
} as const satisfies Record<HostConflict["kind"], { kind: string; word: string }>;
