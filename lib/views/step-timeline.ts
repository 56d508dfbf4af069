import { asc, inArray } from "drizzle-orm";
import type { Transaction } from "#db/client";
import type { OperationRow } from "#db/queries/operations";
import { operationSteps } from "#db/schema/operations";
import { hasEnded, type NodeOperation, nodeOperationKinds } from "#lib/domain/operation/operation";
import { stepsOf } from "#lib/domain/operation/workflow";
import type { OperationLine, StepLine } from "#lib/schemas/operation-view";

const text = (at: Date | null) => at?.toISOString() ?? null;

/** The operations given, each with all its steps in order: journaled ones as they went, the others pending. */
export async function operationLines(
  tx: Transaction,
  rows: readonly OperationRow[],
): Promise<OperationLine[]> {
  if (rows.length === 0) return [];
  const journal = await tx
    .select()
    .from(operationSteps)
    .where(
      inArray(
        operationSteps.operationId,
        rows.map((row) => row.id),
      ),
    )
    .orderBy(asc(operationSteps.position));
  return rows.map((row) => {
    const known = isNodeOperation(row.kind) ? stepsOf(row.kind) : [];
    const steps = known.map((info): StepLine => {
      const entry = journal.find((j) => j.operationId === row.id && j.name === info.name);
      return {
        name: info.name,
        label: info.label,
        waitsFor: info.waitsFor,
        state: entry?.state ?? "pending",
        attempts: entry?.attempts ?? 0,
        startedAt: text(entry?.startedAt ?? null),
        finishedAt: text(entry?.finishedAt ?? null),
        detail: entry?.detail ?? null,
      };
    });
    // Of one that was taken back, what matters is where it failed, not where taking back ended.
    const failed = hasEnded(row.state) ? steps.findIndex((step) => step.state === "failed") : -1;
    const at = failed >= 0 ? failed : known.findIndex((info) => info.name === row.step);
    return {
      id: row.id,
      kind: row.kind,
      state: row.state,
      goingBack: row.phase === "back" && !hasEnded(row.state),
      step: row.step,
      stepNumber: at + 1,
      stepCount: known.length,
      stepLabel: known[at]?.label ?? null,
      waitReason: row.waitReason,
      reason: row.reason,
      nextTryAt: row.state === "waiting" || row.state === "stuck" ? text(row.runAfter) : null,
      requestedByName: row.requestedByName,
      createdAt: row.createdAt.toISOString(),
      startedAt: text(row.startedAt),
      finishedAt: text(row.finishedAt),
      steps,
    };
  });
}

function isNodeOperation(kind: string): kind is NodeOperation {
  return (nodeOperationKinds as readonly string[]).includes(kind);
}
