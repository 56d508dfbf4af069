import { asc, eq } from "drizzle-orm";
import type { Database, Transaction } from "#db/client";
import { databaseNow } from "#db/queries/clock";
import { listIdentityProviders } from "#db/queries/identity";
import { listPendingInvitations } from "#db/queries/invitations";
import { projectMembers, projects, tenantMembers, tenants } from "#db/schema/tenants";
import { users } from "#db/schema/users";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import { managedWords } from "#lib/domain/access/group-roles";
import type { ProjectRole, TenantRole } from "#lib/domain/access/role";
import { hasEnded } from "#lib/domain/access/term";
import type { Id } from "#lib/domain/id";

export type MembersView = {
  members: {
    userId: Id<"user">;
    name: string;
    email: string;
    role: TenantRole;
    /** Who manages the role, in words, where no person does. */
    manager: string | null;
    /** When the membership ends, or ended. */
    until: string | null;
    hasEnded: boolean;
    /** Has an account, but has not replaced the one-time password yet. */
    hasNotSignedIn: boolean;
    /** An operator has closed the account: nobody signs in to it. */
    isClosed: boolean;
    since: string;
    /** Roles given in projects; owners and admins have every project without. */
    projectRoles: Record<Id<"project">, ProjectRole>;
    /** Who manages roles in projects, where no person does. */
    projectManagers: Record<Id<"project">, string>;
    /** When roles in projects end, for those that do. */
    projectEnds: Record<Id<"project">, string>;
  }[];
  invitations: {
    id: Id<"invitation">;
    email: string;
    role: TenantRole;
    memberDays: number | null;
    invitedBy: string;
    createdAt: string;
    expiresAt: string;
    isTooOld: boolean;
  }[];
  projects: { id: Id<"project">; slug: string; name: string }[];
};

type Managed = { providerId: Id<"identityProvider"> | null; providerGroup: string | null };

/** A tenant's members with their roles, and what is asked of them, for its own people. */
export async function membersView(
  db: Database,
  grant: Grant<"member.read">,
): Promise<MembersView & { membersNeedFactor: boolean }> {
  return withGrant(db, grant, async (tx) => {
    const [tenant] = await tx.select().from(tenants).where(eq(tenants.id, grant.tenantId));
    const membersNeedFactor = tenant?.membersNeedFactor ?? false;
    return { ...(await listMembers(tx, grant.tenantId)), membersNeedFactor };
  });
}

/** A tenant's members with their roles and its projects. */
export async function listMembers(tx: Transaction, tenantId: Id<"tenant">): Promise<MembersView> {
  const now = await databaseNow(tx);
  const pending = await listPendingInvitations(tx, tenantId);
  const members = await tx
    .select({ member: tenantMembers, user: users })
    .from(tenantMembers)
    .innerJoin(users, eq(users.id, tenantMembers.userId))
    .where(eq(tenantMembers.tenantId, tenantId))
    .orderBy(asc(users.name), asc(users.id));
  const given = await tx.select().from(projectMembers).where(eq(projectMembers.tenantId, tenantId));
  const roles = given.filter((role) => !hasEnded(role.until, now));
  const own = await tx
    .select({ id: projects.id, slug: projects.slug, name: projects.name })
    .from(projects)
    .where(eq(projects.tenantId, tenantId))
    .orderBy(asc(projects.name));
  const providers = await listIdentityProviders(tx);
  const managerOf = ({ providerId, providerGroup }: Managed) => {
    const label = providers.find((each) => each.id === providerId)?.label;
    return label ? managedWords(label, providerGroup ?? "") : null;
  };
  return {
    members: members.map(({ member, user }) => ({
      userId: user.id,
      name: user.name,
      email: user.email,
      role: member.role,
      manager: managerOf(member),
      until: member.until?.toISOString() ?? null,
      hasEnded: hasEnded(member.until, now),
      hasNotSignedIn: user.mustChangePassword,
      isClosed: user.disabledAt !== null,
      since: member.createdAt.toISOString(),
      projectRoles: Object.fromEntries(
        roles.filter((role) => role.userId === user.id).map((role) => [role.projectId, role.role]),
      ),
      projectEnds: Object.fromEntries(
        roles
          .filter((role) => role.userId === user.id)
          .flatMap((role) => (role.until ? [[role.projectId, role.until.toISOString()]] : [])),
      ),
      projectManagers: Object.fromEntries(
        roles
          .filter((role) => role.userId === user.id)
          .flatMap((role) => {
            const manager = managerOf(role);
            return manager ? [[role.projectId, manager]] : [];
          }),
      ),
    })),
    invitations: pending.map((each) => ({
      id: each.id,
      email: each.email,
      role: each.role,
      memberDays: each.memberDays,
      invitedBy: each.invitedByName,
      createdAt: each.createdAt.toISOString(),
      expiresAt: each.expiresAt.toISOString(),
      isTooOld: each.expiresAt <= now,
    })),
    projects: own,
  };
}
