import { randomUUID } from "node:crypto";
import type { Database } from "#db/client";
import { traceOperation } from "#db/queries/operation-span";
import {
  claimOperations,
  Fenced,
  type OperationRow,
  renewLease,
  stepAgeMs,
} from "#db/queries/operations";
import type { Log } from "#lib/config/log";
import type { NodeOperation, OperationState } from "#lib/domain/operation/operation";
import {
  isNeverGivenUp,
  type StepLimit,
  type StepName,
  stepInfo,
} from "#lib/domain/operation/workflow";
import { ControllerError } from "#lib/ports/controller";
import { createJournal, type Witness } from "#lib/worker/journal";
import type { Meter } from "#lib/worker/meter";
import { tracedStep } from "#lib/worker/spans";
import type { Step, StepOutcome, UndoOutcome, Workflow } from "#lib/worker/workflow";

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
  witness?: Witness;
  /** Counts what is done. */
  meter?: Pick<Meter, "step" | "operation">;
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
  const { db, log, witness = () => {} } = options;
  const owner = options.owner ?? randomUUID();
  const workflows = new Map(options.workflows.map((workflow) => [workflow.kind, workflow]));
  const journal = createJournal<Context>({ db, witness });
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

  /** Holds one operation and goes on with it until it ends, waits, or is taken over. */
  async function carry(operation: OperationRow): Promise<void> {
    const workflow = workflows.get(operation.kind as NodeOperation);
    if (!workflow) throw new Error(`no workflow for ${operation.kind}`);
    if (operation.version !== workflow.version) {
      // Never half-run: an operation of another version waits for a worker that knows it.
      const reason = `waits for a worker that knows version ${operation.version} of its steps`;
      await journal.park(operation, reason, parkedMs);
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
    let current: OperationRow | undefined = operation;
    try {
      while (current && !stopping) {
        context ??= await options.context(current, hold);
        current = await advance(workflow, current, context);
      }
      if (current) await journal.handOn(current);
    } catch (error) {
      if (error instanceof Fenced || lost.signal.aborted) {
        log.info({ operation: operation.id }, "operation taken over by another worker");
        return;
      }
      log.error({ error, operation: operation.id }, "step failed unexpectedly");
      await parkAfterFault(current ?? operation, workflow).catch(() => {});
    } finally {
      clearInterval(renewal);
      if (context) await options.release?.(context);
    }
  }

  /**
   * Neither a refusal of the hardware nor a lost lease: a bug or an outage. It is tried again later.
   * Past the step's limit it is `stuck`, so that a person hears of it.
   */
  async function parkAfterFault(operation: OperationRow, workflow: Workflow<Context>) {
    const step = (operation.step as StepName | null) ?? workflow.steps[0]?.name;
    const stuck = step !== undefined && (await isOverdue(operation, step));
    const reason = "an internal error; it is in the worker's log";
    await journal.park(operation, reason, parkedMs, stuck ? "stuck" : "waiting");
  }

  /** Does one thing. Gives the operation to go on with; undefined when it is let go or has ended. */
  function advance(
    workflow: Workflow<Context>,
    operation: OperationRow,
    context: Context,
  ): Promise<OperationRow | undefined> {
    const goes = operation.phase === "back" ? goBack : goForward;
    return goes(workflow, operation, context);
  }

  async function goForward(
    workflow: Workflow<Context>,
    operation: OperationRow,
    context: Context,
  ): Promise<OperationRow | undefined> {
    const position = operation.step
      ? workflow.steps.findIndex((step) => step.name === operation.step)
      : 0;
    const step = workflow.steps[position];
    if (!step) throw new Error(`${operation.kind} has no step ${operation.step}`);
    if (operation.abortRequested && stepInfo(step.name).abort !== "refuse") {
      return journal.turnBack(operation, step, "aborted");
    }

    const begun = await journal.begin(workflow, operation, step, position);
    witness("before_step", begun, step.name);
    const outcome = await timed(begun, step.name, () => attempt(step, begun, context));
    witness("after_effect", begun, step.name);

    if (outcome.kind === "done") {
      const next = await journal.done(workflow, begun, step, outcome);
      if (!next) noteEnd(begun, "succeeded");
      return next;
    }
    if (outcome.kind === "give_up") {
      if (isNeverGivenUp(begun.kind as NodeOperation)) {
        // What cannot succeed by itself is a person's at once: shown as stuck, and tried on.
        const waiting = {
          kind: "wait",
          reason: outcome.reason,
          retryAfterMs: maxBackoffMs,
        } as const;
        await journal.wait(begun, step, waiting, "stuck");
        return undefined;
      }
      return journal.turnBack(begun, step, outcome.reason, outcome);
    }
    if (outcome.isHeld) {
      if (begun.abortRequested) return journal.turnBack(begun, step, "aborted");
      await journal.wait(begun, step, outcome, "waiting");
      return undefined;
    }
    const overdue = await isOverdue(begun, step.name);
    if (overdue && !isNeverGivenUp(begun.kind as NodeOperation)) {
      const { label, limit } = stepInfo(step.name);
      const within = words(options.limitMs[limit]);
      const reason = `${label}: not done within ${within}. Last seen: ${outcome.reason}`;
      return journal.turnBack(begun, step, reason);
    }
    // What is stuck waits for a person: asking a controller every second helps nobody.
    const pace = overdue ? Math.max(maxBackoffMs, outcome.retryAfterMs) : outcome.retryAfterMs;
    const waiting = { ...outcome, retryAfterMs: pace };
    await journal.wait(begun, step, waiting, overdue ? "stuck" : "waiting");
    return undefined;
  }

  async function goBack(
    workflow: Workflow<Context>,
    operation: OperationRow,
    context: Context,
  ): Promise<OperationRow | undefined> {
    const position = workflow.steps.findIndex((step) => step.name === operation.step);
    const step = workflow.steps[position];
    if (operation.step !== null && !step) {
      // Taking nothing back would end it with the node as it is.
      throw new Error(`${workflow.kind} has no step ${operation.step} to take back`);
    }
    if (step) {
      witness("before_step", operation, `undo ${step.name}`);
      const outcome = await timed(operation, `undo ${step.name}`, () =>
        attemptUndo(step, operation, context),
      );
      if (outcome.kind === "wait") {
        // A failing undo is never silence: past its limit it is `stuck`, and tried on.
        const stuck = await isOverdue(operation, step.name);
        const pace = stuck ? Math.max(maxBackoffMs, outcome.retryAfterMs) : outcome.retryAfterMs;
        const waiting = { ...outcome, retryAfterMs: pace };
        await journal.waitToUndo(operation, step, waiting, stuck ? "stuck" : "waiting");
        return undefined;
      }
      witness("after_effect", operation, `undo ${step.name}`);
    }
    const previous = await journal.undone(workflow, operation, position);
    if (!previous) noteEnd(operation, operation.abortRequested ? "aborted" : "failed");
    return previous;
  }

  /** Runs one attempt at a step, as a span, and tells the meter how long it took and how it ended. */
  async function timed<T extends { kind: string }>(
    operation: OperationRow,
    step: string,
    run: () => Promise<T>,
  ): Promise<T> {
    const { kind } = operation;
    const beganMs = performance.now();
    let outcome = "fault";
    try {
      const result = await tracedStep(operation, step, run);
      outcome = result.kind;
      return result;
    } finally {
      const seconds = (performance.now() - beganMs) / 1_000;
      options.meter?.step({ kind, step, outcome, seconds });
    }
  }

  function noteEnd(operation: OperationRow, state: OperationState): void {
    const { kind, createdAt } = operation;
    options.meter?.operation({ kind, state, seconds: (Date.now() - createdAt.getTime()) / 1_000 });
    traceOperation(operation, state);
  }

  async function isOverdue(operation: OperationRow, step: StepName): Promise<boolean> {
    return (await stepAgeMs(db, operation.id)) > options.limitMs[stepInfo(step).limit];
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

/** Runs a step and turns what a controller throws into a wait or an end. */
async function attempt<Context>(
  step: Step<Context>,
  operation: OperationRow,
  context: Context,
): Promise<StepOutcome> {
  try {
    return await step.run(context);
  } catch (error) {
    if (!(error instanceof ControllerError)) throw error;
    if (!error.retryable) return { kind: "give_up", reason: error.message };
    return waitAfter(error, operation.attempt);
  }
}

/** Takes a step back; whatever a controller throws is a wait, since an undo is never given up. */
async function attemptUndo<Context>(
  step: Step<Context>,
  operation: OperationRow,
  context: Context,
): Promise<UndoOutcome> {
  try {
    return (await step.undo?.(context)) ?? { kind: "done" };
  } catch (error) {
    if (!(error instanceof ControllerError)) throw error;
    return waitAfter(error, operation.attempt + 1);
  }
}

/** As long as the controller asks for; otherwise 1 s, 2 s, 4 s … at most half a minute. */
function waitAfter(error: ControllerError, attempts: number) {
  const backoffMs = Math.min(maxBackoffMs, 500 * 2 ** Math.min(attempts, 10));
  const retryAfterMs = error.retryAfterMs ?? backoffMs;
  return { kind: "wait" as const, reason: error.message, retryAfterMs };
}

function words(ms: number): string {
  if (ms < 120_000) return `${Math.round(ms / 1000)} seconds`;
  return `${Math.round(ms / 60_000)} minutes`;
}
