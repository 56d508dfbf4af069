import { and, eq, inArray, isNull, or, sql } from "drizzle-orm";
import type { Transaction } from "#db/client";
import { tenantMembers } from "#db/schema/tenants";
import { users } from "#db/schema/users";
import type { TemplateHook } from "#lib/domain/hook/hook";
import type { Id } from "#lib/domain/id";

/**
 * Of the people whom approvals of these hooks name, the addresses of those who can decide in this tenant: its
 * members of any role, and fleet admins.
 */
export async function findDeciders(
  tx: Transaction,
  tenantId: Id<"tenant">,
  hooks: readonly Pick<TemplateHook, "approvers">[],
): Promise<Set<string>> {
  const named = [...new Set(hooks.flatMap(({ approvers }) => approvers?.emails ?? []))];
  if (named.length === 0) return new Set();
  const isMember = sql`exists (select from ${tenantMembers} where ${tenantMembers.userId} = ${users.id}
    and ${tenantMembers.tenantId} = ${tenantId}
    and (${tenantMembers.until} is null or ${tenantMembers.until} > now()))`;
  const rows = await tx
    .select({ email: users.email })
    .from(users)
    .where(
      and(
        inArray(users.email, named),
        isNull(users.disabledAt),
        or(eq(users.operatorRole, "fleet_admin"), isMember),
      ),
    );
  return new Set(rows.map(({ email }) => email));
}
