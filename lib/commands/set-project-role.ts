import { and, eq } from "drizzle-orm";
import type { Database } from "#db/client";
import { databaseNow } from "#db/queries/clock";
import { findManager } from "#db/queries/identity";
import { notifyOfRole } from "#db/queries/notify-of-role";
import { findProject, findTenantRole, lockTenant } from "#db/queries/tenants";
import { findUser } from "#db/queries/users";
import { projectMembers } from "#db/schema/tenants";
import { recordAudit } from "#lib/access/audit";
import { withGrant } from "#lib/access/with-grant";
import type { MemberGrant } from "#lib/commands/admit-role";
import { managedByProvider } from "#lib/domain/access/membership";
import { endOfTerm, hasEnded } from "#lib/domain/access/term";
import type { Id } from "#lib/domain/id";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { SetProjectRoleInput } from "#lib/schemas/tenant";

/** Gives a tenant's member a role in one of its projects, or takes it away. */
export async function setProjectRole(
  db: Database,
  grant: MemberGrant,
  tenantId: Id<"tenant">,
  { projectId, userId, role, days }: SetProjectRoleInput,
  instead?: Date,
): Promise<Result<void, RefusalOf<"not_found" | "not_now">>> {
  return withGrant(db, grant, async (tx) => {
    await lockTenant(tx, tenantId);
    const now = await databaseNow(tx, instead);
    const project = await findProject(tx, tenantId, projectId);
    if (!project) return refuse({ kind: "not_found", resource: "project" });
    if (!(await findTenantRole(tx, tenantId, userId))) {
      return refuse({ kind: "not_found", resource: "member" });
    }
    const theirs = and(
      eq(projectMembers.tenantId, tenantId),
      eq(projectMembers.projectId, projectId),
      eq(projectMembers.userId, userId),
    );
    const [before] = await tx.select().from(projectMembers).where(theirs);
    const manager = await findManager(tx, before);
    // It is the provider's to give and anybody's to take, as with a membership.
    if (manager && role !== null) return managedByProvider(manager.provider, manager.group);
    if ((before?.role ?? null) === role && days === undefined) return ok(undefined);
    // A role that has ended is given anew.
    const kept = before && !hasEnded(before.until, now) ? before.until : null;
    const until = days === undefined ? kept : endOfTerm(days, now);
    if (role === null) await tx.delete(projectMembers).where(theirs);
    else {
      await tx
        .insert(projectMembers)
        .values({ tenantId, projectId, userId, role, until })
        .onConflictDoUpdate({
          target: [projectMembers.projectId, projectMembers.userId],
          set: { role, until },
        });
    }
    await notifyOfRole(tx, grant, { userId, role, until, tenantId, projectId });
    await recordAudit(tx, grant, {
      action: "project.set_role",
      object: { kind: "user", id: userId, name: (await findUser(tx, userId))?.email ?? userId },
      detail: { project: project.slug, before: before?.role ?? null, after: role, until },
      tenantId,
      projectId,
    });
    return ok(undefined);
  });
}
