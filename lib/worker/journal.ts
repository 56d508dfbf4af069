import { eq, sql } from "drizzle-orm";
import type { Database, Transaction } from "#db/client";
import { notifyOfStuck } from "#db/queries/notify-of-stuck";
import {
  announceOperation,
  commitHeld,
  journalStep,
  logLine,
  markStep,
  markUndone,
  type OperationRow,
} from "#db/queries/operations";
import { settleParent } from "#db/queries/settlement";
import { environments } from "#db/schema/environments";
import { operations } from "#db/schema/operations";
import type { OperationState } from "#lib/domain/operation/operation";
import { stepInfo } from "#lib/domain/operation/workflow";
import type { Step, StepOutcome, Workflow } from "#lib/worker/workflow";

/** A moment in a step at which a worker may die; tests do, at each of them. */
export type Moment = "before_step" | "after_effect" | "before_commit" | "after_commit";

/** Told of each moment of each step, before the next thing happens. */
export type Witness = (moment: Moment, operation: { kind: string }, step: string) => void;

type Outcome<Kind extends StepOutcome["kind"]> = Extract<StepOutcome, { kind: Kind }>;

/**
 * Everything the engine writes of an operation, each in one transaction that commits only while the
 * operation is still held: throws `Fenced` otherwise. The lock order everywhere is environment
 * before operation.
 */
export function createJournal<Context>(input: { db: Database; witness?: Witness | undefined }) {
  const { db } = input;
  const witness: Witness = input.witness ?? (() => {});

  /** A step begins, or begins again. */
  async function begin(
    workflow: Workflow<Context>,
    operation: OperationRow,
    step: Step<Context>,
    position: number,
  ): Promise<OperationRow> {
    return db.transaction(async (tx) => {
      const first = operation.step === null;
      if (first) await lockEnvironment(tx, operation);
      const row = await commitHeld(tx, operation, {
        step: step.name,
        attempt: sql`attempt + 1`,
        ...(first ? { stepSince: sql`now()` } : {}),
      });
      if (first) await workflow.begin?.(tx, row);
      await journalStep(tx, row, { name: step.name, position });
      if (row.attempt === 1) {
        await logLine(tx, row, { message: stepInfo(step.name).label });
        await announceOperation(tx, row);
      }
      return row;
    });
  }

  /** A step is done. Gives the operation at its next step; undefined after the last, when it has succeeded. */
  async function done(
    workflow: Workflow<Context>,
    operation: OperationRow,
    step: Step<Context>,
    outcome: Outcome<"done">,
  ): Promise<OperationRow | undefined> {
    const next = workflow.steps[workflow.steps.indexOf(step) + 1];
    const row = await db.transaction(async (tx) => {
      if (!next) await lockEnvironment(tx, operation);
      const row = await commitHeld(tx, operation, next ? at(next.name) : ended("succeeded"));
      await outcome.commit?.(tx);
      await markStep(tx, row, step.name, {
        state: "done",
        detail: outcome.detail ?? null,
        output: outcome.output ?? null,
        ended: true,
      });
      if (outcome.detail) {
        await logLine(tx, { ...row, step: step.name }, { message: outcome.detail });
      }
      if (!next) {
        await workflow.succeeded?.(tx, row);
        await settleParent(tx, row);
      }
      await announceOperation(tx, row);
      witness("before_commit", row, step.name);
      return row;
    });
    witness("after_commit", row, step.name);
    return next ? row : undefined;
  }

  /** A step waits, and the operation is let go until it is time to look again, or until it is woken. */
  async function wait(
    operation: OperationRow,
    step: Step<Context>,
    outcome: Outcome<"wait">,
    state: "waiting" | "stuck",
  ): Promise<void> {
    await db.transaction(async (tx) => {
      const row = await commitHeld(tx, operation, {
        ...letGo(state),
        waitReason: outcome.reason,
        runAfter: laterUnlessWoken(operation, outcome.retryAfterMs),
        ...(outcome.isHeld ? { stepSince: sql`now()` } : {}),
      });
      await markStep(tx, row, step.name, { state: "waiting", detail: outcome.reason });
      if (state === "stuck") await notifyOfStuck(tx, row);
      if (operation.waitReason !== outcome.reason) {
        if (!outcome.isLogged) await logLine(tx, row, { message: `Waiting: ${outcome.reason}` });
        await announceOperation(tx, row);
      }
      witness("before_commit", row, step.name);
    });
    witness("after_commit", operation, step.name);
  }

  /** The operation cannot or may not go on: from here every step that was begun is taken back. */
  async function turnBack(
    operation: OperationRow,
    step: Step<Context>,
    reason: string,
    given?: Pick<Outcome<"give_up">, "commit" | "isWithdrawn">,
  ): Promise<OperationRow> {
    const aborted = operation.abortRequested;
    return db.transaction(async (tx) => {
      const isWithdrawn = given?.isWithdrawn ?? false;
      const turned = { ...at(step.name), phase: "back", reason, isWithdrawn };
      const row = await commitHeld(tx, operation, turned);
      await given?.commit?.(tx);
      await markStep(tx, row, step.name, {
        state: aborted ? "undone" : "failed",
        detail: reason,
        ended: true,
      });
      await logLine(tx, row, {
        message: aborted ? "Abort: taking back what was done" : reason,
        level: aborted ? "info" : "error",
      });
      await announceOperation(tx, row);
      return row;
    });
  }

  /**
   * A step is taken back. Gives the operation at the step before it; undefined after the first, when
   * it has failed or is aborted.
   */
  async function undone(
    workflow: Workflow<Context>,
    operation: OperationRow,
    position: number,
  ): Promise<OperationRow | undefined> {
    const step = workflow.steps[position];
    const previous = position > 0 ? workflow.steps[position - 1] : undefined;
    const state = operation.abortRequested || operation.isWithdrawn ? "aborted" : "failed";
    const row = await db.transaction(async (tx) => {
      if (!previous) await lockEnvironment(tx, operation);
      const row = await commitHeld(tx, operation, previous ? at(previous.name) : ended(state));
      if (step?.undo) await markUndone(tx, row, step.name);
      if (!previous) {
        await workflow[state]?.(tx, row, row.reason ?? "it gave no reason");
        await settleParent(tx, row);
        await announceOperation(tx, row);
      }
      witness("before_commit", row, `undo ${operation.step}`);
      return row;
    });
    witness("after_commit", row, `undo ${operation.step}`);
    return previous ? row : undefined;
  }

  /** Taking a step back waits. */
  async function waitToUndo(
    operation: OperationRow,
    step: Step<Context>,
    outcome: Outcome<"wait">,
    state: "waiting" | "stuck",
  ): Promise<void> {
    await db.transaction(async (tx) => {
      const row = await commitHeld(tx, operation, {
        ...letGo(state),
        attempt: sql`attempt + 1`,
        waitReason: `taking back "${stepInfo(step.name).label}": ${outcome.reason}`,
        runAfter: later(outcome.retryAfterMs),
      });
      if (state === "stuck") await notifyOfStuck(tx, row);
      await announceOperation(tx, row);
    });
  }

  /** Lets go of an operation for a while, with the reason why nobody works on it. */
  async function park(
    operation: OperationRow,
    reason: string,
    ms: number,
    state: "waiting" | "stuck" = "waiting",
  ): Promise<void> {
    await db.transaction(async (tx) => {
      const parked = { ...letGo(state), waitReason: reason, runAfter: later(ms) };
      const row = await commitHeld(tx, operation, parked);
      if (state === "stuck") await notifyOfStuck(tx, row);
    });
  }

  /** Lets go of an operation for whoever comes next. */
  async function handOn(operation: OperationRow): Promise<void> {
    await db.transaction((tx) => commitHeld(tx, operation, letGo("ready")));
  }

  return { begin, done, wait, turnBack, undone, waitToUndo, park, handOn };
}

/** At the beginning of a step. */
function at(step: string) {
  return { step, stepSince: sql`now()`, attempt: 0, waitReason: null };
}

function letGo(state: OperationState) {
  return { state, leaseUntil: null, leaseOwner: null };
}

function ended(state: OperationState) {
  return { ...letGo(state), waitReason: null, finishedAt: sql`now()` };
}

const later = (ms: number) => sql`now() + ${`${Math.round(ms)} milliseconds`}::interval`;

/**
 * What a step waits for may come about after it has looked and before it waits. Whoever notes that
 * moves `run_after`, so a time that is not the one the step was begun with stands.
 */
function laterUnlessWoken(begun: OperationRow, ms: number) {
  const unchanged = sql`date_trunc('milliseconds', ${operations.runAfter}) = ${begun.runAfter}`;
  return sql`case when ${unchanged} then ${later(ms)} else ${operations.runAfter} end`;
}

async function lockEnvironment(tx: Transaction, operation: OperationRow): Promise<void> {
  if (!operation.environmentId) return;
  await tx
    .select({ id: environments.id })
    .from(environments)
    .where(eq(environments.id, operation.environmentId))
    .for("no key update");
}
