import { and, eq, inArray, isNull, ne } from "drizzle-orm";
import type { Transaction } from "#db/client";
import { projects, tenantMembers, tenants } from "#db/schema/tenants";
import { users } from "#db/schema/users";
import type { TenantRole } from "#lib/domain/access/role";
import type { Id } from "#lib/domain/id";

/**
 * The tenant, held until the transaction ends: changes of its members and quotas pass here one after
 * the other, so what was counted stays true until the commit.
 */
export async function lockTenant(tx: Transaction, id: Id<"tenant">) {
  const [row] = await tx.select().from(tenants).where(eq(tenants.id, id)).for("no key update");
  return row;
}

/** As `lockTenant`, for several, by id: two who want the same ones never wait in a circle. */
export async function lockTenants(tx: Transaction, ids: readonly Id<"tenant">[]): Promise<void> {
  for (const id of [...new Set(ids)].sort()) await lockTenant(tx, id);
}

export async function findProject(
  tx: Transaction,
  tenantId: Id<"tenant">,
  projectId: Id<"project">,
) {
  const [row] = await tx
    .select()
    .from(projects)
    .where(and(eq(projects.tenantId, tenantId), eq(projects.id, projectId)));
  return row;
}

/** The person's role in the tenant, or null when they are no member. */
export async function findTenantRole(
  tx: Transaction,
  tenantId: Id<"tenant">,
  userId: Id<"user">,
): Promise<TenantRole | null> {
  const [row] = await tx
    .select({ role: tenantMembers.role })
    .from(tenantMembers)
    .where(and(eq(tenantMembers.tenantId, tenantId), eq(tenantMembers.userId, userId)));
  return row?.role ?? null;
}

/** The person's row among the tenant's members. */
export async function findMember(tx: Transaction, tenantId: Id<"tenant">, userId: Id<"user">) {
  const [row] = await tx
    .select()
    .from(tenantMembers)
    .where(and(eq(tenantMembers.tenantId, tenantId), eq(tenantMembers.userId, userId)));
  return row;
}

/** How many owners the tenant has besides one person: those whose account is closed own nothing. */
export async function countOtherOwners(
  tx: Transaction,
  tenantId: Id<"tenant">,
  userId: Id<"user">,
): Promise<number> {
  return tx.$count(
    tenantMembers,
    and(
      eq(tenantMembers.tenantId, tenantId),
      eq(tenantMembers.role, "owner"),
      ne(tenantMembers.userId, userId),
      inArray(
        tenantMembers.userId,
        tx.select({ id: users.id }).from(users).where(isNull(users.disabledAt)),
      ),
    ),
  );
}
