import { and, eq, inArray, isNotNull, sql } from "drizzle-orm";
import type { Transaction } from "#db/client";
import { allocations } from "#db/schema/environments";
import { operationSteps, operations } from "#db/schema/operations";
import type { Id } from "#lib/domain/id";
import type { NodeOperation } from "#lib/domain/operation/operation";
import type { TimeToReady } from "#lib/schemas/environment-view";

// How long things took, from a tenant's own history: no estimates, and nothing of other tenants.

const window = sql`interval '90 days'`;

/** The median time of each step that was done, in milliseconds, by kind of operation and step name. */
export async function medianStepDurations(
  tx: Transaction,
  tenantId: Id<"tenant">,
  kinds: readonly NodeOperation[],
): Promise<Map<string, number>> {
  if (kinds.length === 0) return new Map();
  const rows = await tx
    .select({
      kind: operations.kind,
      name: operationSteps.name,
      medianMs: sql<number>`percentile_cont(0.5) within group (order by extract(epoch from ${operationSteps.finishedAt} - ${operationSteps.startedAt})) * 1000`,
    })
    .from(operationSteps)
    .innerJoin(operations, eq(operations.id, operationSteps.operationId))
    .where(
      and(
        eq(operations.tenantId, tenantId),
        inArray(operations.kind, [...kinds]),
        eq(operationSteps.state, "done"),
        isNotNull(operationSteps.finishedAt),
        sql`${operationSteps.startedAt} > now() - ${window}`,
      ),
    )
    .groupBy(operations.kind, operationSteps.name);
  return new Map(rows.map((row) => [`${row.kind}/${row.name}`, Math.round(row.medianMs)]));
}

/**
 * Time from order to ready of nodes that were deployed, by profile: of one tenant, or of all that an
 * operator sees (null).
 */
export async function timesToReady(
  tx: Transaction,
  tenantId: Id<"tenant"> | null,
): Promise<Map<Id<"profile">, TimeToReady>> {
  const seconds = sql`extract(epoch from ${operations.finishedAt} - ${operations.createdAt})`;
  const rows = await tx
    .select({
      profileId: allocations.profileId,
      p50Ms: sql<number>`percentile_cont(0.5) within group (order by ${seconds}) * 1000`,
      p90Ms: sql<number>`percentile_cont(0.9) within group (order by ${seconds}) * 1000`,
      nodes: sql<number>`count(*)::int`,
    })
    .from(operations)
    .innerJoin(allocations, eq(allocations.id, operations.allocationId))
    .where(
      and(
        tenantId === null ? undefined : eq(operations.tenantId, tenantId),
        eq(operations.kind, "node.deploy"),
        eq(operations.state, "succeeded"),
        isNotNull(operations.finishedAt),
        sql`${operations.createdAt} > now() - ${window}`,
      ),
    )
    .groupBy(allocations.profileId);
  return new Map(
    rows.map(({ profileId, p50Ms, p90Ms, nodes }) => [
      profileId,
      { p50Ms: Math.round(p50Ms), p90Ms: Math.round(p90Ms), nodes },
    ]),
  );
}
