import { and, eq, isNull, ne, or, sql } from "drizzle-orm";
import type { Transaction } from "#db/client";
import { isLive } from "#db/queries/holds";
import { allocations } from "#db/schema/environments";
import { holdNodes, holds } from "#db/schema/holds";
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
 * Counted from the live allocations every time, and from the nodes on hold: there is no counter that
 * could drift. Who asks for themselves leaves out the hold that they would use up.
 */
export async function listQuotaLines(
  tx: Transaction,
  tenantId: Id<"tenant">,
  projectId: Id<"project"> | null,
  own: Id<"hold"> | null = null,
): Promise<QuotaLine[]> {
  const notOwn = own === null ? sql`true` : ne(holds.id, own);
  // An address counts until its node is released: what it rests for after that is our time.
  const addresses = sql`(
    select count(*)::int from ${poolItems}
    join ${allocations} on ${allocations.id} = ${poolItems.allocationId}
    where ${poolItems.tenantId} = ${quotas.tenantId} and ${poolItems.kind} = 'public_ip'
      and ${poolItems.endedAt} is null and ${allocations.releasedAt} is null
      and (${quotas.projectId} is null or ${poolItems.projectId} = ${quotas.projectId})
      and ${quotas.subject} = 'ipv' || ${poolItems.family})`;
  const forHolds = sql`(
    select count(*)::int from ${holdNodes} join ${holds} on ${holds.id} = ${holdNodes.holdId},
      unnest(${holdNodes.addressFamilies}) as family
    where ${holds.tenantId} = ${quotas.tenantId} and ${isLive()} and ${notOwn}
      and (${quotas.projectId} is null or ${holds.projectId} = ${quotas.projectId})
      and ${quotas.subject} = 'ipv' || family)`;
  const onHold = sql`(
    select coalesce(sum(case when ${quotas.dimension} = 'gpus' then ${holdNodes.gpus} else 1 end), 0)::int
    from ${holdNodes} join ${holds} on ${holds.id} = ${holdNodes.holdId}
    where ${holds.tenantId} = ${quotas.tenantId} and ${isLive()} and ${notOwn}
      and (${quotas.projectId} is null or ${holds.projectId} = ${quotas.projectId})
      and case when ${quotas.dimension} = 'gpus' then ${holdNodes.gpuModel} = ${quotas.subject}
        else ${holdNodes.profileId} = ${quotas.subject} end)`;
  const held = sql`case when ${quotas.dimension} = 'public_ips' then ${addresses} + ${forHolds} else (
    select coalesce(sum(case when ${quotas.dimension} = 'gpus' then ${allocations.gpus} else 1 end), 0)::int
    from ${allocations}
    where ${allocations.tenantId} = ${quotas.tenantId} and ${allocations.releasedAt} is null
      and (${quotas.projectId} is null or ${allocations.projectId} = ${quotas.projectId})
      and case when ${quotas.dimension} = 'gpus' then ${allocations.gpuModel} = ${quotas.subject}
        else ${allocations.profileId} = ${quotas.subject} end) + ${onHold} end`;
  const rows = await tx
    .select({
      projectId: quotas.projectId,
      dimension: quotas.dimension,
      subject: quotas.subject,
      limit: quotas.limit,
      // Within another, since drizzle leaves out the tables' names in what it selects from one table
      // (0.45.4, pg-core/dialect.js): tenant_id = tenant_id is true of every row there is.
      used: sql<number>`(${held})`,
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
