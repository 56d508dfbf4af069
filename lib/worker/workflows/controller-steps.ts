import type { Database, Transaction } from "#db/client";
import { findFindings } from "#db/queries/node-findings";
import { listSteps, type OperationRow } from "#db/queries/operations";
import { keepMeasure } from "#db/queries/wipe-measures";
import type { Id } from "#lib/domain/id";
import { type BiosOrders, type BiosSettings, resetOrder } from "#lib/domain/node/bios-settings";
import {
  type MeasureMode,
  type MeasureOutcome,
  usualWipeRules,
  type WipeMeasure,
  type WipeRules,
} from "#lib/domain/node/wipe-measure";
import { type Controller, ControllerError } from "#lib/ports/controller";
import type { NodeContext } from "#lib/worker/context";
import { rotatePassword } from "#lib/worker/rotate-password";
import type { Step } from "#lib/worker/workflow";
import { expected } from "#lib/worker/workflows/expected";

/** Gives the controller a new password: by an operator's order, and as a part of each wipe. */
export const rotateCredential: Step<NodeContext> = {
  name: "rotate_credential",
  run: async (context) => {
    if (context.operation.kind !== "node.sanitize") {
      const { outcome, words } = await rotatePassword(context, "rotate_credential");
      return outcome === "done"
        ? { kind: "done", detail: words }
        : { kind: "give_up", reason: words };
    }
    const rules = await wipeRules(context);
    const taken = await take("controller_password", rules.controllerPassword, () =>
      rotatePassword(context, "rotate_credential"),
    );
    const commit = keeping(context, [taken]);
    const reason = whyNot([taken], rules);
    return reason === null
      ? { kind: "done", detail: taken.words, commit }
      : { kind: "give_up", reason, commit };
  },
};

/**
 * Orders what the wipe's own start is to do: the BIOS settings to go back to their defaults, where the
 * node type asks for it, and the TPM to be cleared. What came of it is judged when that start is over.
 */
export const resetBios: Step<NodeContext> = {
  name: "reset_bios",
  run: async (context) => {
    const rules = await wipeRules(context);
    const { inventory } = await context.node();
    const orders: BiosOrders = {};
    const taken = [await take("bios_reset", rules.biosReset, () => orderReset(context, orders))];
    if (inventory?.tpms?.length) {
      taken.push(await take("tpm_clear", rules.tpmClear, () => orderClear(context, orders)));
    }
    // What it refuses is no reason to leave the drives as the tenant left them: the wipe goes on, and fails then.
    const refused = taken.filter(({ outcome }) => outcome === "failed");
    if (refused.length > 0) orders.refused = refused.map(({ words }) => words).join(" ");
    const reason = whyNot(
      taken.filter(({ outcome }) => outcome !== "failed"),
      rules,
    );
    if (reason !== null) return { kind: "give_up", reason, commit: keeping(context, taken) };
    // What was ordered is kept once it is known what came of it.
    const settled = taken.filter(({ outcome }) => outcome !== "ordered");
    return {
      kind: "done",
      detail: taken.map(({ words }) => words).join(" "),
      output: orders,
      commit: keeping(context, settled),
    };
  },
};

type Taken = Omit<WipeMeasure, "kind">;

async function orderReset(context: NodeContext, orders: BiosOrders): Promise<Taken> {
  const controller = await context.controller("reset_bios");
  const findings = await findFindings(context.db, context.nodeId);
  const before = await biosOf(controller);
  await context.hold.confirm();
  const refusal = await refusalOf(() => controller.resetBios());
  if (refusal?.failure === "unsupported") {
    return { outcome: "not_offered", words: `BIOS settings stay: ${refusal.message}.` };
  }
  if (refusal) {
    const words = `The controller refused to reset the BIOS settings: ${refusal.message}.`;
    return { outcome: "failed", words };
  }
  const record = findings?.record?.bios ?? null;
  const isRepeated = await isStepRepeated(context);
  orders.reset = resetOrder(record, before, await biosOf(controller), isRepeated);
  const words = "The controller took the order to reset the BIOS settings at the wipe's start.";
  return { outcome: "ordered", words };
}

async function isStepRepeated({ db, operation }: NodeContext): Promise<boolean> {
  const step = (await listSteps(db, operation.id)).find(({ name }) => name === "reset_bios");
  return (step?.attempts ?? 1) > 1;
}

async function orderClear(context: NodeContext, orders: BiosOrders): Promise<Taken> {
  const controller = await context.controller("reset_bios");
  await context.hold.confirm();
  const refusal = await refusalOf(() => controller.clearTpm());
  if (refusal?.failure === "unsupported") {
    return { outcome: "not_offered", words: `The TPM was not cleared: ${refusal.message}.` };
  }
  if (refusal) {
    const words = `The controller did not take the order to clear the TPM: ${refusal.message}.`;
    return { outcome: "failed", words };
  }
  orders.tpmClear = true;
  const words = "The controller took the order to clear the TPM at the wipe's start, and shows it.";
  return { outcome: "ordered", words };
}

/** Gives what a controller said no with; throws what asking again, or somebody else, may change. */
async function refusalOf(order: () => Promise<void>): Promise<ControllerError | null> {
  try {
    await order();
    return null;
  } catch (error) {
    if (isItsAnswer(error)) return error;
    throw error;
  }
}

/** The BIOS settings; null where the controller tells none that make sense. */
export async function biosOf(controller: Controller): Promise<BiosSettings | null> {
  try {
    return await controller.bios();
  } catch (error) {
    if (isItsAnswer(error)) return null;
    throw error;
  }
}

function isItsAnswer(error: unknown): error is ControllerError {
  return (
    error instanceof ControllerError &&
    !error.retryable &&
    ["unsupported", "rejected", "malformed", "too_large"].includes(error.failure)
  );
}

/** What a wipe that is under way has ordered for its own start. */
export async function ordersOf(db: Database | Transaction, operationId: Id<"operation">) {
  const journal = await listSteps(db, operationId);
  const output = journal.find((step) => step.name === "reset_bios")?.output;
  return (output ?? {}) as BiosOrders;
}

/** Says of a wipe that ended before it was known what came of its orders that they were given. */
export async function keepOrders(tx: Transaction, operation: OperationRow): Promise<void> {
  const { id: operationId, nodeId } = operation;
  if (!nodeId) return;
  const { reset, tpmClear } = await ordersOf(tx, operationId);
  const words = (what: string) =>
    `The controller took the order to ${what}; the wipe ended before.`;
  const of = { nodeId, operationId };
  if (reset) {
    const kind = "bios_reset";
    await keepMeasure(tx, of, {
      kind,
      outcome: "ordered",
      words: words("reset the BIOS settings"),
    });
  }
  if (tpmClear) {
    const kind = "tpm_clear";
    await keepMeasure(tx, of, { kind, outcome: "ordered", words: words("clear the TPM") });
  }
}

/** What a wipe of this node does beside the drives: what its type says, and what is usual. */
async function wipeRules(context: NodeContext): Promise<Required<WipeRules>> {
  return { ...usualWipeRules, ...(await expected(context)).wipe };
}

const unasked = {
  bios_reset: "BIOS settings stay: the node type asks for no reset.",
  tpm_clear: "The TPM stays as it is: the node type asks for no clear.",
  controller_password: "The controller keeps its password: the node type asks for no new one.",
} as const;

type Asked = keyof typeof unasked;

const ruleOf = {
  bios_reset: "biosReset",
  tpm_clear: "tpmClear",
  controller_password: "controllerPassword",
} as const satisfies Record<Asked, keyof WipeRules>;

/** Takes one measure of a wipe, where it is asked for. */
async function take(kind: Asked, mode: MeasureMode, act: () => Promise<Taken>) {
  const taken: Taken = mode === "off" ? { outcome: "off", words: unasked[kind] } : await act();
  return { kind, ...taken };
}

/**
 * Why a wipe ends with what came of its measures; null when it goes on. One that failed ends it, as a
 * drive's does; where the controller has no way to it, only when the node type requires it.
 */
function whyNot(
  taken: readonly { kind: Asked; outcome: MeasureOutcome; words: string }[],
  rules: Required<WipeRules>,
): string | null {
  for (const { kind, outcome, words } of taken) {
    if (outcome === "failed") return words;
    if (outcome === "not_offered" && rules[ruleOf[kind]] === "required") {
      return `${words} Its node type requires it.`;
    }
  }
  return null;
}

/** Keeps what came of measures as evidence. */
function keeping({ nodeId, operation }: NodeContext, measures: readonly WipeMeasure[]) {
  return async (tx: Transaction) => {
    for (const each of measures) await keepMeasure(tx, { nodeId, operationId: operation.id }, each);
  };
}
