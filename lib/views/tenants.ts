import { asc, eq, isNotNull, isNull, sql } from "drizzle-orm";
import type { Database } from "#db/client";
import { withSecondFactor } from "#db/queries/second-factors";
import { profiles } from "#db/schema/catalogue";
import { allocations } from "#db/schema/environments";
import { quotas } from "#db/schema/quotas";
import { projects, tenantMembers, tenants } from "#db/schema/tenants";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import type { Id } from "#lib/domain/id";
import { addressFamilies, type QuotaDimension } from "#lib/domain/quota/quota";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import { storable } from "#lib/domain/storable";
import { listMembers, type MembersView } from "#lib/views/members";
import { type QuotaBoard, readQuotaBoard } from "#lib/views/quota-board";

export type TenantRowView = {
  id: Id<"tenant">;
  slug: string;
  name: string;
  projects: number;
  members: number;
  owners: number;
  nodesHeld: number;
  gpusHeld: number;
  /** Limits that are set for the tenant as a whole. */
  limits: number;
  createdAt: string;
};

/** Every tenant, with how much it has and holds. */
export async function tenantsView(
  db: Database,
  grant: Grant<"fleet.read">,
): Promise<TenantRowView[]> {
  return withGrant(db, grant, async (tx) => {
    const ofTenant = sql`${tenants.id}`;
    const rows = await tx
      .select({
        id: tenants.id,
        slug: tenants.slug,
        name: tenants.name,
        createdAt: tenants.createdAt,
        projects: tx.$count(projects, eq(projects.tenantId, ofTenant)),
        members: tx.$count(tenantMembers, eq(tenantMembers.tenantId, ofTenant)),
        owners: tx.$count(
          tenantMembers,
          sql`${eq(tenantMembers.tenantId, ofTenant)} and ${eq(tenantMembers.role, "owner")}`,
        ),
        limits: tx.$count(
          quotas,
          sql`${eq(quotas.tenantId, ofTenant)} and ${isNull(quotas.projectId)}`,
        ),
      })
      .from(tenants)
      .orderBy(asc(tenants.name));
    const held = await tx
      .select({
        tenantId: allocations.tenantId,
        nodes: sql<number>`count(*)::int`,
        gpus: sql<number>`sum(${allocations.gpus})::int`,
      })
      .from(allocations)
      .where(isNull(allocations.releasedAt))
      .groupBy(allocations.tenantId);
    return rows.map((row) => {
      const own = held.find((each) => each.tenantId === row.id);
      return {
        ...row,
        createdAt: row.createdAt.toISOString(),
        nodesHeld: own?.nodes ?? 0,
        gpusHeld: own?.gpus ?? 0,
      };
    });
  });
}

/** The id of the tenant of that slug, for an operator who says what it may hold. */
export async function tenantId(
  db: Database,
  grant: Grant<"quota.edit">,
  slug: string,
): Promise<Result<Id<"tenant">, RefusalOf<"not_found">>> {
  const [found] = await withGrant(db, grant, (tx) =>
    tx
      .select({ id: tenants.id })
      .from(tenants)
      .where(eq(tenants.slug, storable(slug))),
  );
  return found ? ok(found.id) : refuse({ kind: "not_found", resource: "tenant" });
}

export type TenantDetail = Omit<MembersView, "members"> & {
  members: (MembersView["members"][number] & { hasSecondFactor: boolean })[];
  id: Id<"tenant">;
  slug: string;
  name: string;
  createdAt: string;
  quota: QuotaBoard;
  /** What a limit can be set for: GPU models and profiles of the catalogue, public addresses. */
  subjects: { dimension: QuotaDimension; subject: string; words: string }[];
};

/** One tenant for an operator, or null when there is none of that slug. */
export async function tenantDetail(
  db: Database,
  grant: Grant<"fleet.read">,
  slug: string,
): Promise<TenantDetail | null> {
  return withGrant(db, grant, async (tx) => {
    const [tenant] = await tx
      .select()
      .from(tenants)
      .where(eq(tenants.slug, storable(slug)));
    if (!tenant) return null;
    const models = await tx
      .selectDistinct({ gpuModel: profiles.gpuModel })
      .from(profiles)
      .where(isNotNull(profiles.gpuModel))
      .orderBy(asc(profiles.gpuModel));
    const offered = await tx
      .select({ id: profiles.id, name: profiles.name })
      .from(profiles)
      .orderBy(asc(profiles.name));
    const people = await listMembers(tx, tenant.id);
    const secured = await withSecondFactor(
      tx,
      people.members.map((member) => member.userId),
    );
    return {
      id: tenant.id,
      slug: tenant.slug,
      name: tenant.name,
      createdAt: tenant.createdAt.toISOString(),
      ...people,
      members: people.members.map((member) => ({
        ...member,
        hasSecondFactor: secured.has(member.userId),
      })),
      quota: await readQuotaBoard(tx, tenant.id),
      subjects: [
        ...models.map(({ gpuModel }) => ({
          dimension: "gpus" as const,
          subject: gpuModel ?? "",
          words: `${gpuModel} GPUs`,
        })),
        ...offered.map(({ id, name }) => ({
          dimension: "nodes" as const,
          subject: id as string,
          words: `nodes of ${name}`,
        })),
        ...Object.entries(addressFamilies).map(([subject, words]) => ({
          dimension: "public_ips" as const,
          subject,
          words,
        })),
      ],
    };
  });
}
