import type { Transaction } from "#db/client";
import { noteNode } from "#db/queries/nodes";
import { keepSanitization } from "#db/queries/sanitizations";
import { judgeSanitizeReport } from "#lib/domain/boot/sanitize-report";
import type { NodeContext } from "#lib/worker/context";
import type { Step } from "#lib/worker/workflow";
import { requireWindow } from "#lib/worker/workflows/boot-steps";
import { expected } from "#lib/worker/workflows/expected";

/** Waits for the wipe job's report and believes it only when every device is accounted for. */
export const wipeReport: Step<NodeContext> = {
  name: "wipe_report",
  run: async (context) => {
    const window = await requireWindow(context);
    if (!window.report) {
      // The boot server wakes the operation when the report comes; this is for what nobody tells.
      const retryAfterMs = Math.min(15_000, context.settings.sanitizeLimitMs / 10);
      if (!window.progress) {
        return { kind: "wait", reason: "the wipe job has not reported yet", retryAfterMs };
      }
      return { kind: "wait", reason: window.progress, retryAfterMs, isLogged: true };
    }
    const { inventory } = await context.node();
    const { drives } = await expected(context);
    const verdict = judgeSanitizeReport(window.report, inventory?.drives ?? [], drives?.count);
    const { report } = window;
    const keep = (tx: Transaction) =>
      keepSanitization(tx, {
        nodeId: context.nodeId,
        operationId: context.operation.id,
        report,
        verdict,
      });
    if (!verdict.accepted) return { kind: "give_up", reason: verdict.words, commit: keep };
    return {
      kind: "done",
      detail: verdict.words,
      output: { report },
      commit: async (tx) => {
        await keep(tx);
        await noteNode(tx, context.nodeId, { sanitizedAt: new Date() });
      },
    };
  },
};

/** The tenant's part of the release is over; the wipe is ours, in an operation of its own. */
export const handBack: Step<NodeContext> = {
  name: "hand_back",
  run: async () => ({ kind: "done", detail: "Queued for sanitizing" }),
};
