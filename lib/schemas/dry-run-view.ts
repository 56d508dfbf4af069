import type { DryAnswer, DryCallState } from "#lib/domain/hook/dry-run";
import type { HookKind, HookPoint } from "#lib/domain/hook/hook";
import type { Id } from "#lib/domain/id";
import type { NodeLifecycle } from "#lib/domain/node/lifecycle";
import type { EnvironmentOperation } from "#lib/domain/operation/operation";
import type { ScriptRunView } from "#lib/schemas/environment-view";
import type { OperationLine } from "#lib/schemas/operation-view";

/** One question or script of a dry run and what came of it, as a page shows it. */
export type DryCallView = {
  id: Id<"dryCall">;
  name: string;
  point: HookPoint;
  operation: EnvironmentOperation;
  kind: HookKind;
  /** Of a script: empty. */
  provider: string;
  state: DryCallState;
  answer: DryAnswer | null;
  words: string;
  input: Record<string, unknown>;
  outputs: Record<string, unknown> | null;
  log: string;
  durationMs: number | null;
  /** How its script is on the node that is lent; null before it is ordered, and of a provider. */
  script: ScriptRunView | null;
};

/** The node that is or was lent to a dry run. */
export type LentView = {
  node: { id: Id<"node">; name: string; lifecycle: NodeLifecycle };
  hostname: string;
  /** Whether it was asked for back. */
  isTakenBack: boolean;
  operation: OperationLine;
};

export type DryRunView = {
  id: Id<"dryRun">;
  requestedByName: string;
  createdAt: string;
  deadlineAt: string;
  /** Whether something of it is still to be asked or run. */
  isOpen: boolean;
  /** Of a rehearsal. */
  lent: LentView | null;
  calls: DryCallView[];
};
