import { randomUUID } from "node:crypto";
import { eq, sql } from "drizzle-orm";
import type { Database, Transaction } from "#db/client";
import {
  announce,
  claimOperations,
  commitHeld,
  Fenced,
  findHeld,
  journalStep,
  logLine,
  markStep,
  type OperationRow,
  renewLease,
  stepAgeMs,
} from "#db/queries/operations";
import { settleParent } from "#db/queries/settlement";
import { environments } from "#db/schema/environments";
import type { Log } from "#lib/config/log";
import type { NodeOperation, OperationState } from "#lib/domain/operation/operation";
import {
  isNeverGivenUp,
  type StepLimit,
  type StepName,
  stepInfo,
} from "#lib/domain/operation/workflow";
import { ControllerError } from "#lib/ports/controller";
import type { Step, StepOutcome, Workflow } from "#lib/worker/workflow";

/** A moment in a step at which a worker may die; tests do, at each of them. */
export type Moment = "before_step" | "after_effect" | "before_commit" | "after_commit";

export type EngineOptions<Context> = {
  db: Database;
  workflows: readonly Workflow<Context>[];
  /** Builds what the steps work with; `held` is asked again right before every act on hardware. */
  context: (operation: OperationRow, hold: Hold) => Promise<Context>;
  /** Called when the engine lets go of an operation, for whatever reason. */
  release?: (context: Context) => Promise<void>;
  limitMs: Record<StepLimit, number>;
  leaseMs: number;
  /** How many operations this worker holds at once. */
  concurrency: number;
  log: Log;
  owner?: string;
  /** Told of each moment of each step, before the next thing happens. */
  witness?: (moment: Moment, operation: OperationRow, step: string) => void;
};

/** Proof to be asked for, right before an act that cannot be undone by a rollback. */
export type Hold = {
  /** Throws `Fenced` when the lease was lost. */
  confirm: () => Promise<void>;
  signal: AbortSignal;
};

export type Engine = {
  /** Claims what is due, as far as there is room, and starts on it. Gives how many were claimed. */
  poll: () => Promise<number>;
  /** How many operations are held now. */
  held: () => number;
  /** Lets go after the step in hand: nothing is lost, another worker goes on. */
  stop: () => Promise<void>;
};

const maxBackoffMs = 30_000;
const parkedMs = 5_000;

/**
 * Carries out operations on nodes, each step journaled, under leases and fences. Any number of
 * engines may run on one database. No transaction is open while a step runs.
 */
export function createEngine<Context>(options: EngineOptions<Context>): Engine {
  const { db, log } = options;
  const owner = options.owner ?? randomUUID();
  const workflows = new Map(options.workflows.map((workflow) => [workflow.kind, workflow]));
  const running = new Map<string, Promise<void>>();
  let stopping = false;

  async function poll(): Promise<number> {
    if (stopping) return 0;
    const claimed = await claimOperations(db, {
      owner,
      leaseMs: options.leaseMs,
      limit: options.concurrency - running.size,
      kinds: [...workflows.keys()],
    });
    for (const operation of claimed) {
      const work = carry(operation)
        .catch((error) => log.error({ error, operation: operation.id }, "operation let go"))
        .finally(() => running.delete(operation.id));
      running.set(operation.id, work);
    }
    return claimed.length;
  }

  async function carry(operation: OperationRow): Promise<void> {
    const workflow = workflows.get(operation.kind as NodeOperation);
    if (!workflow) throw new Error(`no workflow for ${operation.kind}`);
    if (operation.version !== workflow.version) {
      // Never half-run: an operation of another version waits for a worker that knows it.
      await park(
        operation,
        `waits for a worker that knows version ${operation.version} of its steps`,
      );
      return;
    }
    const lost = new AbortController();
    const renewal = setInterval(() => {
      renewLease(db, operation, options.leaseMs).then(
        (kept) => kept || lost.abort(new Fenced()),
        // The database is away: the lease runs out by itself if it stays away.
        (error) => log.warn({ error, operation: operation.id }, "lease not renewed"),
      );
    }, options.leaseMs / 3);
    const hold: Hold = {
      signal: lost.signal,
      confirm: async () => {
        if (!(await renewLease(db, operation, options.leaseMs))) throw new Fenced();
      },
    };
    let context: Context | undefined;
    try {
      let current: OperationRow | undefined = operation;
      while (current && !stopping) {
        context ??= await options.context(current, hold);
        current = await advance(workflow, current, context);
      }
      if (current) await letGo(current);
    } catch (error) {
      if (error instanceof Fenced || lost.signal.aborted) {
        log.info({ operation: operation.id }, "operation taken over by another worker");
        return;
      }
      // Neither a refusal of the hardware nor a lost lease: a bug or an outage. It is tried again
      // later, and whoever looks at the operation can read why.
      log.error({ error, operation: operation.id }, "step failed unexpectedly");
      await park(operation, "an internal error; it is in the worker's log").catch(() => {});
    } finally {
      clearInterval(renewal);
      if (context) await options.release?.(context);
    }
  }

  /** Does one thing. Gives the operation to go on with, or undefined when it is let go or has ended. */
  async function advance(
    workflow: Workflow<Context>,
    claimed: OperationRow,
    context: Context,
  ): Promise<OperationRow | undefined> {
    const operation = await findHeld(db, claimed);
    if (!operation) throw new Fenced();
    if (operation.phase === "back") return goBack(workflow, operation, context);

    const position = operation.step
      ? workflow.steps.findIndex((step) => step.name === operation.step)
      : 0;
    const step = workflow.steps[position];
    if (!step) throw new Error(`${operation.kind} has no step ${operation.step}`);
    if (operation.abortRequested && stepInfo(step.name).abort !== "refuse") {
      return turnBack(operation, step, "aborted");
    }

    const begun = await begin(workflow, operation, step, position);
    options.witness?.("before_step", begun, step.name);
    const outcome = await attempt(step, begun, context);
    options.witness?.("after_effect", begun, step.name);

    switch (outcome.kind) {
      case "done":
        return commitDone(workflow, begun, step, position, outcome);
      case "wait":
        return commitWait(begun, step, outcome);
      case "give_up":
        return turnBack(begun, step, outcome.reason, outcome.commit);
    }
  }

  async function begin(
    workflow: Workflow<Context>,
    operation: OperationRow,
    step: Step<Context>,
    position: number,
  ): Promise<OperationRow> {
    return db.transaction(async (tx) => {
      const first = operation.step === null;
      // The lock order everywhere is environment before operation.
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

  /** Runs the step and turns what a controller throws into a wait or an end. */
  async function attempt(
    step: Step<Context>,
    operation: OperationRow,
    context: Context,
  ): Promise<StepOutcome> {
    try {
      return await step.run(context);
    } catch (error) {
      if (!(error instanceof ControllerError)) throw error;
      if (!error.retryable) return { kind: "give_up", reason: error.message };
      return {
        kind: "wait",
        reason: error.message,
        retryAfterMs: error.retryAfterMs ?? backoffMs(operation.attempt),
      };
    }
  }

  async function commitDone(
    workflow: Workflow<Context>,
    operation: OperationRow,
    step: Step<Context>,
    position: number,
    outcome: Extract<StepOutcome, { kind: "done" }>,
  ): Promise<OperationRow | undefined> {
    const next = workflow.steps[position + 1];
    const row = await db.transaction(async (tx) => {
      if (!next) await lockEnvironment(tx, operation);
      const row = await commitHeld(
        tx,
        operation,
        next
          ? {
              step: next.name,
              stepSince: sql`now()`,
              attempt: 0,
              waitReason: null,
            }
          : ended("succeeded"),
      );
      await outcome.commit?.(tx);
      await markStep(tx, row, step.name, {
        state: "done",
        detail: outcome.detail ?? null,
        output: outcome.output ?? null,
        ended: true,
      });
      if (outcome.detail)
        await logLine(tx, { ...row, step: step.name }, { message: outcome.detail });
      if (!next) {
        await workflow.succeeded?.(tx, row);
        await settleParent(tx, row);
      }
      await announceOperation(tx, row);
      options.witness?.("before_commit", row, step.name);
      return row;
    });
    options.witness?.("after_commit", row, step.name);
    return next ? row : undefined;
  }

  async function commitWait(
    operation: OperationRow,
    step: Step<Context>,
    outcome: Extract<StepOutcome, { kind: "wait" }>,
  ): Promise<OperationRow | undefined> {
    const info = stepInfo(step.name);
    const limitMs = options.limitMs[info.limit];
    const overdue = (await stepAgeMs(db, operation.id)) > limitMs;
    if (overdue && !isNeverGivenUp(operation.kind as NodeOperation)) {
      const reason = `${info.label}: not done within ${words(limitMs)}. Last seen: ${outcome.reason}`;
      return turnBack(operation, step, reason);
    }
    await db.transaction(async (tx) => {
      const row = await commitHeld(tx, operation, {
        state: overdue ? "stuck" : "waiting",
        leaseUntil: null,
        leaseOwner: null,
        waitReason: outcome.reason,
        runAfter: after(outcome.retryAfterMs),
      });
      await markStep(tx, row, step.name, { state: "waiting", detail: outcome.reason });
      if (operation.waitReason !== outcome.reason) {
        await logLine(tx, row, { message: `Waiting: ${outcome.reason}` });
        await announceOperation(tx, row);
      }
      options.witness?.("before_commit", row, step.name);
    });
    options.witness?.("after_commit", operation, step.name);
    return undefined;
  }

  /** The operation cannot or may not go on: from here every step that was begun is taken back. */
  async function turnBack(
    operation: OperationRow,
    step: Step<Context>,
    reason: string,
    commit?: (tx: Transaction) => Promise<void>,
  ): Promise<OperationRow> {
    return db.transaction(async (tx) => {
      const row = await commitHeld(tx, operation, {
        phase: "back",
        reason,
        waitReason: null,
        step: step.name,
        stepSince: sql`now()`,
        attempt: 0,
      });
      await commit?.(tx);
      await markStep(tx, row, step.name, {
        state: operation.abortRequested ? "undone" : "failed",
        detail: reason,
        ended: true,
      });
      await logLine(tx, row, {
        message: operation.abortRequested ? "Abort: taking back what was done" : reason,
        level: operation.abortRequested ? "info" : "error",
      });
      await announceOperation(tx, row);
      return row;
    });
  }

  async function goBack(
    workflow: Workflow<Context>,
    operation: OperationRow,
    context: Context,
  ): Promise<OperationRow | undefined> {
    const position = workflow.steps.findIndex((step) => step.name === operation.step);
    const step = workflow.steps[position];
    if (step) {
      options.witness?.("before_step", operation, `undo ${step.name}`);
      const waits = await attemptUndo(step, operation, context);
      if (waits) {
        await waitToUndo(operation, step, waits);
        return undefined;
      }
      options.witness?.("after_effect", operation, `undo ${step.name}`);
    }
    const previous = position > 0 ? workflow.steps[position - 1] : undefined;
    const state: OperationState = operation.abortRequested ? "aborted" : "failed";
    const row = await db.transaction(async (tx) => {
      if (!previous) await lockEnvironment(tx, operation);
      const row = await commitHeld(
        tx,
        operation,
        previous
          ? { step: previous.name, stepSince: sql`now()`, attempt: 0, waitReason: null }
          : ended(state),
      );
      if (step?.undo) await markUndone(tx, row, step.name);
      if (!previous) {
        const reason = row.reason ?? "it gave no reason";
        if (state === "aborted") await workflow.aborted?.(tx, row, reason);
        else await workflow.failed?.(tx, row, reason);
        await settleParent(tx, row);
        await announceOperation(tx, row);
      }
      options.witness?.("before_commit", row, `undo ${operation.step}`);
      return row;
    });
    options.witness?.("after_commit", row, `undo ${operation.step}`);
    return previous ? row : undefined;
  }

  /** Undefined when the step is taken back; otherwise what that waits for. */
  async function attemptUndo(
    step: Step<Context>,
    operation: OperationRow,
    context: Context,
  ): Promise<{ reason: string; retryAfterMs: number } | undefined> {
    try {
      const outcome = await step.undo?.(context);
      return outcome?.kind === "wait" ? outcome : undefined;
    } catch (error) {
      if (!(error instanceof ControllerError)) throw error;
      return {
        reason: error.message,
        retryAfterMs: error.retryAfterMs ?? backoffMs(operation.attempt + 1),
      };
    }
  }

  /** A failing undo is never silence: past its limit it is `stuck`, and tried on. */
  async function waitToUndo(
    operation: OperationRow,
    step: Step<Context>,
    waits: { reason: string; retryAfterMs: number },
  ): Promise<void> {
    const info = stepInfo(step.name);
    const stuck = (await stepAgeMs(db, operation.id)) > options.limitMs[info.limit];
    await db.transaction(async (tx) => {
      const row = await commitHeld(tx, operation, {
        state: stuck ? "stuck" : "waiting",
        attempt: sql`attempt + 1`,
        leaseUntil: null,
        leaseOwner: null,
        waitReason: `taking back "${info.label}": ${waits.reason}`,
        runAfter: after(stuck ? Math.max(maxBackoffMs, waits.retryAfterMs) : waits.retryAfterMs),
      });
      await announceOperation(tx, row);
    });
  }

  async function park(operation: OperationRow, reason: string): Promise<void> {
    await db.transaction(async (tx) => {
      await commitHeld(tx, operation, {
        state: "waiting",
        leaseUntil: null,
        leaseOwner: null,
        waitReason: reason,
        runAfter: after(parkedMs),
      });
    });
  }

  async function letGo(operation: OperationRow): Promise<void> {
    await db.transaction(async (tx) => {
      await commitHeld(tx, operation, { state: "ready", leaseUntil: null, leaseOwner: null });
    });
  }

  return {
    poll,
    held: () => running.size,
    stop: async () => {
      stopping = true;
      await Promise.allSettled(running.values());
    },
  };
}

function ended(state: OperationState) {
  return {
    state,
    waitReason: null,
    leaseUntil: null,
    leaseOwner: null,
    finishedAt: sql`now()`,
  };
}

const after = (ms: number) => sql`now() + ${`${Math.round(ms)} milliseconds`}::interval`;

/** 1 s, 2 s, 4 s … at most half a minute. */
function backoffMs(attempt: number): number {
  return Math.min(maxBackoffMs, 500 * 2 ** Math.min(attempt, 10));
}

async function lockEnvironment(tx: Transaction, operation: OperationRow): Promise<void> {
  if (!operation.environmentId) return;
  await tx
    .select({ id: environments.id })
    .from(environments)
    .where(eq(environments.id, operation.environmentId))
    .for("update");
}

async function markUndone(tx: Transaction, operation: OperationRow, name: StepName) {
  await tx.execute(
    sql`update operation_steps set state = 'undone' where operation_id = ${operation.id} and name = ${name} and state = 'done'`,
  );
}

async function announceOperation(tx: Transaction, operation: OperationRow): Promise<void> {
  await announce(tx, "operation", operation.id);
  if (operation.nodeId) await announce(tx, "node", operation.nodeId);
  if (operation.environmentId) await announce(tx, "environment", operation.environmentId);
}

function words(ms: number): string {
  if (ms < 120_000) return `${Math.round(ms / 1000)} seconds`;
  return `${Math.round(ms / 60_000)} minutes`;
}
