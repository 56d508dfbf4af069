import { and, desc, eq, isNotNull } from "drizzle-orm";
import type { Database, Transaction } from "#db/client";
import { allocations } from "#db/schema/environments";
import { sanitizations } from "#db/schema/sanitizations";
import type { SanitizeReport, SanitizeVerdict } from "#lib/domain/boot/sanitize-report";
import { type Id, newId } from "#lib/domain/id";

type Reader = Database | Transaction;
export type SanitizationRow = typeof sanitizations.$inferSelect;

/** Keeps what a wipe did and what was made of it, with whose data it was; once per operation. */
export async function keepSanitization(
  tx: Transaction,
  input: {
    nodeId: Id<"node">;
    operationId: Id<"operation">;
    report: SanitizeReport;
    verdict: SanitizeVerdict;
  },
): Promise<void> {
  const { nodeId, operationId, report, verdict } = input;
  const followed = await findFollowed(tx, nodeId);
  await tx
    .insert(sanitizations)
    .values({
      id: newId("sanitization"),
      nodeId,
      operationId,
      allocationId: followed?.id ?? null,
      tenantId: followed?.tenantId ?? null,
      environmentId: followed?.environmentId ?? null,
      tool: report.tool,
      devices: report.devices,
      accepted: verdict.accepted,
      verdict: verdict.words,
    })
    .onConflictDoNothing({ target: sanitizations.operationId });
}

/** The last to hold the node, unless a wipe since then was good: their data are gone already. */
async function findFollowed(tx: Transaction, nodeId: Id<"node">) {
  const [last] = await tx
    .select()
    .from(allocations)
    .where(and(eq(allocations.nodeId, nodeId), isNotNull(allocations.releasedAt)))
    .orderBy(desc(allocations.releasedAt))
    .limit(1);
  if (!last) return undefined;
  const [done] = await tx
    .select({ id: sanitizations.id })
    .from(sanitizations)
    .where(and(eq(sanitizations.allocationId, last.id), eq(sanitizations.accepted, true)))
    .limit(1);
  return done ? undefined : last;
}

/** The latest wipes of a node, newest first. */
export async function listSanitizationsOfNode(
  db: Reader,
  nodeId: Id<"node">,
  limit: number,
): Promise<SanitizationRow[]> {
  return db
    .select()
    .from(sanitizations)
    .where(eq(sanitizations.nodeId, nodeId))
    .orderBy(desc(sanitizations.judgedAt))
    .limit(limit);
}

/** The good wipes of what an environment left behind; a failed one is followed by another. */
export async function listSanitizationsOfEnvironment(
  db: Reader,
  scope: { tenantId: Id<"tenant">; environmentId: Id<"environment"> },
): Promise<SanitizationRow[]> {
  return db
    .select()
    .from(sanitizations)
    .where(
      and(
        eq(sanitizations.tenantId, scope.tenantId),
        eq(sanitizations.environmentId, scope.environmentId),
        eq(sanitizations.accepted, true),
      ),
    )
    .orderBy(desc(sanitizations.judgedAt));
}
