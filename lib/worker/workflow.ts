import type { Transaction } from "#db/client";
import type { OperationRow } from "#db/queries/operations";
import type { NodeOperation } from "#lib/domain/operation/operation";
import type { StepName } from "#lib/domain/operation/workflow";

/**
 * What one run of a step came to. `commit` is run in the transaction that journals the step, so
 * what a step writes and the fact that it is done are one.
 */
export type StepOutcome =
  | {
      kind: "done";
      detail?: string;
      output?: Record<string, unknown>;
      commit?: (tx: Transaction) => Promise<void>;
    }
  | {
      kind: "wait";
      reason: string;
      retryAfterMs: number;
      /** The log has the reason already: it is the node's own words. */
      isLogged?: boolean;
      /** The step has not begun: hooks come first, which have a time of their own. */
      isHeld?: boolean;
    }
  | {
      kind: "give_up";
      reason: string;
      /** It is taken back as if it were aborted: neither the node nor the step is to blame. */
      isWithdrawn?: boolean;
      commit?: (tx: Transaction) => Promise<void>;
    };

/**
 * One idempotent act. `run` observes, acts only if needed, and verifies; it may be called again
 * after a crash or a wait. `undo` means "make sure this is not so" and must also hold when `run`
 * got half way.
 */
export type Step<Context> = {
  name: StepName;
  run: (context: Context) => Promise<StepOutcome>;
  undo?: (context: Context) => Promise<UndoOutcome>;
};

/** Taking back ends in "it is not so" or goes on; it is never given up by itself. */
export type UndoOutcome = { kind: "done" } | { kind: "wait"; reason: string; retryAfterMs: number };

/**
 * The steps of one kind of operation and what its ends mean. The hooks run inside the
 * transaction that journals the end.
 */
export type Workflow<Context> = {
  kind: NodeOperation;
  version: number;
  steps: readonly Step<Context>[];
  begin?: (tx: Transaction, operation: OperationRow) => Promise<void>;
  succeeded?: (tx: Transaction, operation: OperationRow) => Promise<void>;
  failed?: (tx: Transaction, operation: OperationRow, reason: string) => Promise<void>;
  aborted?: (tx: Transaction, operation: OperationRow, reason: string) => Promise<void>;
};
