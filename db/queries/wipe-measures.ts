import { and, eq, inArray } from "drizzle-orm";
import type { Database, Transaction } from "#db/client";
import { findWiped } from "#db/queries/sanitizations";
import { wipeMeasures } from "#db/schema/wipe-measures";
import { type Id, newId } from "#lib/domain/id";
import { measureKinds, type WipeMeasure } from "#lib/domain/node/wipe-measure";

/** Keeps what a wipe did beside the drives; each measure once per operation. */
export async function keepMeasure(
  tx: Transaction,
  of: { nodeId: Id<"node">; operationId: Id<"operation"> },
  measure: WipeMeasure,
): Promise<void> {
  const wiped = await findWiped(tx, of);
  await tx
    .insert(wipeMeasures)
    .values({ id: newId("wipeMeasure"), ...of, ...wiped, ...measure })
    .onConflictDoNothing({ target: [wipeMeasures.operationId, wipeMeasures.kind] });
}

/** The measures of wipes, by operation, each wipe's in the order they are done. */
export async function listMeasures(
  db: Database | Transaction,
  operationIds: readonly Id<"operation">[],
  tenantId?: Id<"tenant">,
): Promise<Map<Id<"operation">, WipeMeasure[]>> {
  const found = new Map<Id<"operation">, WipeMeasure[]>();
  if (operationIds.length === 0) return found;
  const rows = await db
    .select()
    .from(wipeMeasures)
    .where(
      and(
        inArray(wipeMeasures.operationId, [...operationIds]),
        tenantId && eq(wipeMeasures.tenantId, tenantId),
      ),
    );
  rows.sort((a, b) => measureKinds.indexOf(a.kind) - measureKinds.indexOf(b.kind));
  for (const { operationId, kind, outcome, words } of rows) {
    found.set(operationId, [...(found.get(operationId) ?? []), { kind, outcome, words }]);
  }
  return found;
}
