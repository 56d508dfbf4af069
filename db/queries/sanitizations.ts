import { and, desc, eq, gt, isNotNull, isNull, max, or } from "drizzle-orm";
import type { AnyPgColumn } from "drizzle-orm/pg-core";
import type { Database, Transaction } from "#db/client";
import { allocations } from "#db/schema/environments";
import { nodes } from "#db/schema/nodes";
import { operations } from "#db/schema/operations";
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

/** Whose time on the node a wipe follows: the same for all that one operation does. */
export async function findWiped(
  tx: Transaction,
  of: { nodeId: Id<"node">; operationId: Id<"operation"> },
) {
  const [kept] = await tx
    .select({
      allocationId: sanitizations.allocationId,
      tenantId: sanitizations.tenantId,
      environmentId: sanitizations.environmentId,
    })
    .from(sanitizations)
    .where(eq(sanitizations.operationId, of.operationId));
  if (kept) return kept;
  const followed = await findFollowed(tx, of.nodeId);
  return {
    allocationId: followed?.id ?? null,
    tenantId: followed?.tenantId ?? null,
    environmentId: followed?.environmentId ?? null,
  };
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

/**
 * Whether something may still be on a machine that no tenant is to find, whatever it was enrolled as:
 * someone held it under this serial number or controller, or a dry run had it, and it was not wiped
 * since. Gives the name it had then.
 */
export async function findUnwiped(
  db: Database | Transaction,
  machine: { serial: string | null; controllerUuid: string | null },
): Promise<{ name: string; since: "tenant" | "dry run" } | undefined> {
  const same = or(
    machine.serial === null ? undefined : eq(nodes.serial, machine.serial),
    machine.controllerUuid === null ? undefined : eq(nodes.controllerUuid, machine.controllerUuid),
  );
  if (!same) return undefined;
  const [found] = await db
    .select({ wipedAt: max(nodes.sanitizedAt) })
    .from(nodes)
    .where(same);
  const wipedAt = found?.wipedAt;
  const isNewer = (endedAt: AnyPgColumn) =>
    wipedAt ? or(isNull(endedAt), gt(endedAt, wipedAt)) : undefined;
  const [held] = await db
    .select({ name: nodes.name })
    .from(allocations)
    .innerJoin(nodes, eq(nodes.id, allocations.nodeId))
    .where(and(same, isNewer(allocations.releasedAt)))
    .limit(1);
  if (held) return { ...held, since: "tenant" };
  const [lent] = await db
    .select({ name: nodes.name })
    .from(operations)
    .innerJoin(nodes, eq(nodes.id, operations.nodeId))
    .where(and(same, eq(operations.kind, "node.rehearse"), isNewer(operations.finishedAt)))
    .limit(1);
  return lent && { ...lent, since: "dry run" };
}
