import type { DryAnswer, DryCallState } from "#lib/domain/hook/dry-run";
import type { HookPoint } from "#lib/domain/hook/hook";
import type { Id } from "#lib/domain/id";
import type { EnvironmentOperation } from "#lib/domain/operation/operation";

/** One question of a dry run and what came of it, as a page shows it. */
export type DryCallView = {
  id: Id<"dryCall">;
  name: string;
  point: HookPoint;
  operation: EnvironmentOperation;
  provider: string;
  state: DryCallState;
  answer: DryAnswer | null;
  words: string;
  input: Record<string, unknown>;
  outputs: Record<string, unknown> | null;
  log: string;
  durationMs: number | null;
};

export type DryRunView = {
  id: Id<"dryRun">;
  requestedByName: string;
  createdAt: string;
  deadlineAt: string;
  /** Whether something of it is still to be asked. */
  isOpen: boolean;
  calls: DryCallView[];
};
