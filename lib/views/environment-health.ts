import { and, desc, eq, gt, inArray, isNull, notInArray, or, sql } from "drizzle-orm";
import type { Transaction } from "#db/client";
import { allocations } from "#db/schema/environments";
import { healthReasons } from "#db/schema/health-reasons";
import { codesForOperators, healthRule } from "#lib/domain/health/rules";
import { wholeNode } from "#lib/domain/health/watch";
import type { Id } from "#lib/domain/id";
import type { NodeHealth } from "#lib/domain/node/lifecycle";
import type { EnvironmentHealthReason } from "#lib/schemas/environment-view";

const shownDays = 7;
const mostShown = 50;

/**
 * Why nodes of these environments are not well, in plain words, or were not in the last seven days:
 * what is open first, the newest first. Only of the time in which the environment held them.
 */
export async function environmentHealth(
  tx: Transaction,
  environmentIds: readonly Id<"environment">[],
): Promise<(EnvironmentHealthReason & { environmentId: Id<"environment"> })[]> {
  if (environmentIds.length === 0) return [];
  const rows = await tx
    .select({
      reason: healthReasons,
      environmentId: allocations.environmentId,
      allocationId: allocations.id,
      hostname: allocations.hostname,
    })
    .from(healthReasons)
    .innerJoin(allocations, eq(allocations.id, healthReasons.allocationId))
    .where(
      and(
        inArray(healthReasons.environmentId, [...environmentIds]),
        notInArray(healthReasons.code, codesForOperators),
        or(
          isNull(healthReasons.closedAt),
          gt(healthReasons.closedAt, sql`now() - interval '${sql.raw(String(shownDays))} days'`),
        ),
      ),
    )
    .orderBy(
      sql`${healthReasons.closedAt} desc nulls first`,
      sql`${healthReasons.severity} = 'critical' desc`,
      desc(healthReasons.lastSeenAt),
    )
    .limit(mostShown * environmentIds.length);
  return rows.map(({ reason, environmentId, allocationId, hostname }) => {
    const rule = healthRule(reason.code);
    return {
      id: reason.id,
      environmentId,
      allocationId,
      hostname,
      gpu: reason.gpu === wholeNode ? null : reason.gpu,
      uuid: reason.gpuUuid,
      severity: reason.severity,
      title: rule?.title ?? reason.code,
      plain: rule?.plain ?? "",
      count: reason.count,
      firstSeenAt: reason.firstSeenAt.toISOString(),
      lastSeenAt: reason.lastSeenAt.toISOString(),
      closedAt: reason.closedAt?.toISOString() ?? null,
    };
  });
}

/** What a tenant is told of a node's health: by the reasons of its own time, and no one else's. */
export function tenantHealth(
  reasons: readonly EnvironmentHealthReason[],
  allocationId: Id<"allocation">,
  ofNode: NodeHealth,
): { health: NodeHealth; healthReasons: string[] } {
  const open = reasons.filter(
    (reason) => reason.allocationId === allocationId && reason.closedAt === null,
  );
  const worst = open.some(({ severity }) => severity === "critical") ? "critical" : "warning";
  return {
    health: open.length > 0 ? worst : ofNode === "unknown" ? "unknown" : "ok",
    healthReasons: open.map(({ gpu, title }) => (gpu === null ? title : `GPU ${gpu}: ${title}`)),
  };
}
