import { and, eq } from "drizzle-orm";
import { type HookRunRow, listHooksAt, listRunsOf, startRuns } from "#db/queries/hook-runs";
import { markStep, wakeWorkers } from "#db/queries/operations";
import { findLastOutcome } from "#db/queries/providers";
import { listScriptRuns } from "#db/queries/script-runs";
import { operationSteps, operations } from "#db/schema/operations";
import { gateParts, type HookPoint, hasHookEnded } from "#lib/domain/hook/hook";
import { keepRunner } from "#lib/domain/hook/script";
import type { Id } from "#lib/domain/id";
import { hasEnded, type NodeOperation } from "#lib/domain/operation/operation";
import { type StepName, stepsOf } from "#lib/domain/operation/workflow";
import { ControllerError } from "#lib/ports/controller";
import type { NodeContext } from "#lib/worker/context";
import type { Step, StepOutcome } from "#lib/worker/workflow";

/**
 * A step that is begun only when the hooks before it have ended. They run once for the whole operation,
 * when the last of its nodes has come there, or has passed the step's check where they come after that.
 * The workflow's steps stay what they are, so operations under way go on. A hook that says no takes the
 * operation back without blame for the node, unless it says of the node itself that it is to be
 * quarantined; a release is never held up for longer than its hooks take, whatever they say.
 */
export function gated(
  kind: NodeOperation,
  step: Step<NodeContext>,
  check: Check = async () => undefined,
): Step<NodeContext> {
  const { early, late } = gateParts(kind, step.name);
  if (early.length + late.length === 0) return step;
  const gate = { kind, step: step.name };
  return {
    ...step,
    run: async (context) =>
      (await held(context, { ...gate, points: early, isChecked: false })) ??
      (await check(context)) ??
      (await held(context, { ...gate, points: late, isChecked: true })) ??
      step.run(context),
  };
}

type Gate = {
  kind: NodeOperation;
  step: StepName;
  points: readonly HookPoint[];
  /** Whether nodes come here by passing the step's own check, and not as soon as they are at the step. */
  isChecked: boolean;
};

/** A controller that has answered since then is not asked again: nodes look often while they wait for hooks. */
export const answerHoldsMs = 60_000;

/** What a step looks at itself between the hooks before that and those after it; undefined: it goes on. */
export type Check = (context: NodeContext) => Promise<StepOutcome | undefined>;

async function held(context: NodeContext, gate: Gate): Promise<StepOutcome | undefined> {
  const { kind, points } = gate;
  if (points.length === 0) return undefined;
  const { db } = context;
  const { environmentId, parentId } = context.operation;
  if (!environmentId || !parentId) return undefined;
  const hooks = await listHooksAt(db, environmentId, points);
  if (hooks.length === 0) return undefined;
  const names = hooks.map((hook) => hook.name);
  let runs = await listRunsOf(db, parentId, names);
  if (runs.length < hooks.length) {
    if (gate.isChecked) await notePassed(context, gate.step);
    if (keepRunner(hooks)) await lookAtPower(context, gate.step);
    const behind = await countBehind(context, parentId, gate);
    if (behind > 0) return wait(context, `${behind} more of its nodes to come as far`);
    await db.transaction(async (tx) => {
      await startRuns(tx, { environmentId, operationId: parentId, hooks, isGate: true });
      await wakeWorkers(tx);
    });
    runs = await listRunsOf(db, parentId, names);
  }
  const stopped = runs.find(
    (run) => run.state === "failed" && run.definition.onFailure !== "continue",
  );
  if (stopped && kind !== "node.reclaim") return takenBack(context, stopped);
  const open = runs.find((run) => !hasHookEnded(run.state));
  if (!open) return undefined;
  // One that is turned off while its script runs is found out meanwhile, and waited for no longer.
  const words = `hook ${open.name}${open.words ? `: ${open.words}` : ""}`;
  if (keepRunner([open.definition])) {
    const askedMs = (await context.node()).powerObservedAt?.getTime() ?? 0;
    const isDue = Date.now() - askedMs >= answerHoldsMs;
    // A controller that is away is not asked at every look; the hook's end is told without it.
    if (isDue && !(await lookAtPower(context, gate.step))) {
      return wait(context, words, answerHoldsMs);
    }
  }
  return wait(context, words);
}

/**
 * A script that runs while its node is its tenant's is not waited for on one that is off. Says whether the
 * controller has told.
 */
async function lookAtPower(context: NodeContext, step: StepName): Promise<boolean> {
  try {
    await context.observePower(step);
    return true;
  } catch (error) {
    // One whose controller is away is taken for what it was last.
    if (!(error instanceof ControllerError)) throw error;
    return false;
  }
}

/**
 * A hook said no. A node that it blames has failed as if one of its own steps had: a launch quarantines
 * it and lets go of it. The others are taken back without blame.
 */
async function takenBack(context: NodeContext, run: HookRunRow): Promise<StepOutcome> {
  const blame =
    run.definition.onFailure === "quarantine" ? await blameFor(context, run) : undefined;
  return {
    kind: "give_up",
    reason: `Hook ${run.name}: ${blame ?? run.words}`,
    isWithdrawn: blame === undefined,
  };
}

/**
 * What a failed hook has against this node; undefined when nothing. A script tells of each node by
 * itself; a provider speaks of all nodes at once, and only by an answer of its own: one that is down,
 * or too late, has said nothing of them.
 */
async function blameFor(
  { db, operation }: NodeContext,
  run: HookRunRow,
): Promise<string | undefined> {
  if (run.definition.kind === "script") {
    const own = (await listScriptRuns(db, { hookRunIds: [run.id] })).filter(
      (each) => each.operationId === operation.id,
    );
    const last = own.at(-1);
    return last?.state === "failed" ? last.words : undefined;
  }
  return (await findLastOutcome(db, run.id)) === "failed" ? run.words : undefined;
}

/** The other nodes of the operation read in the journal that this one has passed the step's check. */
async function notePassed({ db, operation }: NodeContext, step: StepName): Promise<void> {
  await db.transaction((tx) => markStep(tx, operation, step, { output: { isChecked: true } }));
}

/** How many of the operation's nodes are still on the way to this gate. */
async function countBehind(
  { db }: NodeContext,
  parentId: Id<"operation">,
  { kind, step, isChecked }: Gate,
): Promise<number> {
  const order = stepsOf(kind).map((info) => info.name as string);
  const siblings = await db
    .select({
      state: operations.state,
      phase: operations.phase,
      step: operations.step,
      output: operationSteps.output,
    })
    .from(operations)
    .leftJoin(
      operationSteps,
      and(eq(operationSteps.operationId, operations.id), eq(operationSteps.name, step)),
    )
    .where(eq(operations.parentId, parentId));
  return siblings.filter(
    (each) =>
      !hasEnded(each.state) &&
      each.phase === "forward" &&
      (order.indexOf(each.step ?? "") < order.indexOf(step) ||
        (isChecked && each.step === step && !each.output?.isChecked)),
  ).length;
}

/** The end of a run wakes the operation; this is for a node that nobody tells. */
function wait({ settings }: NodeContext, reason: string, leastMs = 2_000): StepOutcome {
  return {
    kind: "wait",
    reason,
    retryAfterMs: Math.max(leastMs, settings.pollMs),
    isHeld: true,
  };
}
