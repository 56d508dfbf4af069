import { and, eq, isNull, or, sql } from "drizzle-orm";
import type { Transaction } from "#db/client";
import { allocations } from "#db/schema/environments";
import { poolItems } from "#db/schema/pools";
import { quotas } from "#db/schema/quotas";
import { tenants } from "#db/schema/tenants";
import type { Id } from "#lib/domain/id";
import type { QuotaLine } from "#lib/domain/quota/quota";

/**
 * Holds a tenant's quota until the transaction ends: every launch of the tenant passes here one
 * after the other, so what `listQuotaLines` then counts cannot grow before the commit.
 */
export async function lockQuota(tx: Transaction, tenantId: Id<"tenant">): Promise<void> {
  await tx
    .select({ id: tenants.id })
    .from(tenants)
    .where(eq(tenants.id, tenantId))
    .for("no key update");
}

/**
 * The limits of a tenant, and of one of its projects when named, each with how much is held now.
 * Counted from the live allocations every time: there is no counter that could drift.
 */
export async function listQuotaLines(
  tx: Transaction,
  tenantId: Id<"tenant">,
  projectId: Id<"project"> | null,
): Promise<QuotaLine[]> {
  // An address counts until its node is released: what it rests for after that is our time.
  const addresses = sql`(
    select count(*)::int from ${poolItems}
    join ${allocations} on ${allocations.id} = ${poolItems.allocationId}
    where ${poolItems.tenantId} = ${quotas.tenantId} and ${poolItems.kind} = 'public_ip'
      and ${poolItems.endedAt} is null and ${allocations.releasedAt} is null
      and (${quotas.projectId} is null or ${poolItems.projectId} = ${quotas.projectId})
      and ${quotas.subject} = 'ipv' || ${poolItems.family})`;
  const held = sql<number>`case when ${quotas.dimension} = 'public_ips' then ${addresses} else (
    select coalesce(sum(case when ${quotas.dimension} = 'gpus' then ${allocations.gpus} else 1 end), 0)::int
    from ${allocations}
    where ${allocations.tenantId} = ${quotas.tenantId} and ${allocations.releasedAt} is null
      and (${quotas.projectId} is null or ${allocations.projectId} = ${quotas.projectId})
      and case when ${quotas.dimension} = 'gpus' then ${allocations.gpuModel} = ${quotas.subject}
        else ${allocations.profileId} = ${quotas.subject} end) end`;
  const rows = await tx
    .select({
      projectId: quotas.projectId,
      dimension: quotas.dimension,
      subject: quotas.subject,
      limit: quotas.limit,
      used: held,
    })
    .from(quotas)
    .where(
      and(
        eq(quotas.tenantId, tenantId),
        projectId
          ? or(isNull(quotas.projectId), eq(quotas.projectId, projectId))
          : isNull(quotas.projectId),
      ),
    )
    .orderBy(quotas.dimension, quotas.subject);
  return rows.map(({ projectId: ofProject, ...line }) => ({
    ...line,
    scope: ofProject ? "project" : "tenant",
  }));
}
