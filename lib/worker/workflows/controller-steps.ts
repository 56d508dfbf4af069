import type { Transaction } from "#db/client";
import { keepMeasure } from "#db/queries/wipe-measures";
import {
  type MeasureKind,
  type MeasureMode,
  usualWipeRules,
  type WipeMeasure,
} from "#lib/domain/node/wipe-measure";
import { ControllerError } from "#lib/ports/controller";
import type { NodeContext } from "#lib/worker/context";
import { rotatePassword } from "#lib/worker/rotate-password";
import type { Step, StepOutcome } from "#lib/worker/workflow";
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
    const { controllerPassword } = await wipeRules(context);
    return measured(context, "controller_password", controllerPassword, () =>
      rotatePassword(context, "rotate_credential"),
    );
  },
};

/**
 * Has the BIOS go back to its defaults, where the node type asks for it. Of the TPM it is only said
 * that nothing was done: the standard has no way to clear one.
 */
export const resetBios: Step<NodeContext> = {
  name: "reset_bios",
  run: async (context) => {
    const { biosReset } = await wipeRules(context);
    const { inventory } = await context.node();
    const outcome = await measured(context, "bios_reset", biosReset, async () => {
      const controller = await context.controller("reset_bios");
      await context.hold.confirm();
      try {
        await controller.resetBios();
      } catch (error) {
        if (!(error instanceof ControllerError) || error.failure !== "unsupported") throw error;
        return { outcome: "not_offered", words: `BIOS settings stay: ${error.message}.` };
      }
      const words =
        "The controller took the order to reset the BIOS settings at the next start, the wipe's own.";
      return { outcome: "done", words };
    });
    if (outcome.kind === "wait" || !inventory?.tpms?.length) return outcome;
    const tpm: WipeMeasure = {
      kind: "tpm_clear",
      outcome: "not_offered",
      words: "The TPM was not cleared: Redfish has no standard way to it.",
    };
    const of = { nodeId: context.nodeId, operationId: context.operation.id };
    return {
      ...outcome,
      commit: async (tx) => {
        await outcome.commit?.(tx);
        await keepMeasure(tx, of, tpm);
      },
    };
  },
};

/** What a wipe of this node does beside the drives: what its type says, and what is usual. */
async function wipeRules(context: NodeContext) {
  return { ...usualWipeRules, ...(await expected(context)).wipe };
}

/**
 * Takes one measure of a wipe and keeps what came of it as evidence. One that failed ends the wipe,
 * as a drive's does; where the controller has no way to it, only when the node type requires it.
 */
async function measured(
  context: NodeContext,
  kind: MeasureKind,
  mode: MeasureMode,
  take: () => Promise<Omit<WipeMeasure, "kind">>,
): Promise<StepOutcome> {
  const taken: Omit<WipeMeasure, "kind"> =
    mode === "off" ? { outcome: "off", words: "The node type does not ask for it." } : await take();
  const commit = (tx: Transaction) =>
    keepMeasure(
      tx,
      { nodeId: context.nodeId, operationId: context.operation.id },
      { kind, ...taken },
    );
  if (taken.outcome === "failed") return { kind: "give_up", reason: taken.words, commit };
  if (mode === "required" && taken.outcome !== "done") {
    return { kind: "give_up", reason: `${taken.words} Its node type requires it.`, commit };
  }
  return { kind: "done", detail: taken.words, commit };
}
