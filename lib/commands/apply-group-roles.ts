import { and, eq } from "drizzle-orm";
import type { Transaction } from "#db/client";
import { databaseNow } from "#db/queries/clock";
import { listGroupRoles, lockOperators } from "#db/queries/identity";
import { countOtherOwners, lockTenants } from "#db/queries/tenants";
import { findUser } from "#db/queries/users";
import { projectMembers, tenantMembers } from "#db/schema/tenants";
import { users } from "#db/schema/users";
import { type AuditedAct, recordEvents } from "#lib/access/audit";
import { withdrawInvitationsOf } from "#lib/commands/invite-operator";
import { type GivenRoles, rolesOfGroups } from "#lib/domain/access/group-roles";
import { hasOtherAdmin } from "#lib/domain/access/membership";
import { hasEnded } from "#lib/domain/access/term";
import type { Id } from "#lib/domain/id";

type Provider = { id: Id<"identityProvider">; label: string };
type Person = { id: Id<"user">; email: string };
/**
 * Gives a person the roles that their groups have at a provider, and takes away those that it gave
 * before and no longer would. What people gave, or another provider, stays as it is. The last owner of
 * a tenant and the last admin of the fleet stay, too. Runs in the scope of the fleet; each change is
 * in the audit log with the provider as its actor.
 */
export async function applyGroupRoles(
  tx: Transaction,
  provider: Provider,
  person: Person,
  groups: readonly string[],
  requestId: string,
): Promise<void> {
  const wanted = rolesOfGroups(await listGroupRoles(tx, provider.id), groups);
  const acts = [
    ...(await applyOperatorRole(tx, provider, person, wanted)),
    ...(await applyTenantRoles(tx, provider, person, wanted)),
    ...(await applyProjectRoles(tx, provider, person, wanted)),
  ];
  const object = { kind: "user", id: person.id, name: person.email };
  await recordEvents(
    tx,
    { actorId: null, actorName: provider.label, requestId },
    acts.map((act) => ({ object, ...act })),
  );
}

async function applyOperatorRole(
  tx: Transaction,
  provider: Provider,
  person: Person,
  { operator }: GivenRoles,
): Promise<AuditedAct[]> {
  const known = await findUser(tx, person.id);
  // Most people are no operators and do not become one: they wait for nobody here.
  if (!operator && known?.operatorProviderId !== provider.id) return [];
  const operators = await lockOperators(tx);
  const now = operators.find((each) => each.id === person.id);
  // Who is an operator by a person's word, or another provider's, is none of this one's business.
  if (now ? now.operatorProviderId !== provider.id : !operator) return [];
  const before = now?.operatorRole ?? null;
  const after = operator?.role ?? null;
  const isLastAdmin = before === "fleet_admin" && !hasOtherAdmin(operators, person.id);
  if (isLastAdmin && after !== "fleet_admin") {
    return [{ action: "operator.keep", detail: { role: before, why: "the fleet's last admin" } }];
  }
  await tx
    .update(users)
    .set({
      operatorRole: after,
      operatorProviderId: after && provider.id,
      operatorGroup: operator?.group ?? null,
    })
    .where(eq(users.id, person.id));
  if (before === after) return [];
  const withdrawn =
    before === null || after === "fleet_admin" ? [] : await withdrawInvitationsOf(tx, person);
  const detail = { before, after, group: operator?.group };
  return [{ action: "operator.change_role", detail }, ...withdrawn];
}

async function applyTenantRoles(
  tx: Transaction,
  provider: Provider,
  person: Person,
  wanted: GivenRoles,
): Promise<AuditedAct[]> {
  const read = () => tx.select().from(tenantMembers).where(eq(tenantMembers.userId, person.id));
  const concerned = [
    ...(await read()).filter((each) => each.providerId === provider.id),
    ...wanted.tenants,
  ].map((each) => each.tenantId);
  await lockTenants(tx, concerned);
  const held = await read();
  const acts: AuditedAct[] = [];
  const moment = await databaseNow(tx);
  for (const { tenantId, role, group } of wanted.tenants) {
    const found = held.find((each) => each.tenantId === tenantId);
    // One that has ended by itself is none any more.
    const now = found && !hasEnded(found.until, moment) ? found : undefined;
    const managed = { role, providerId: provider.id, providerGroup: group, until: null };
    if (!now) {
      await tx
        .insert(tenantMembers)
        .values({ tenantId, userId: person.id, ...managed })
        .onConflictDoUpdate({
          target: [tenantMembers.tenantId, tenantMembers.userId],
          set: managed,
        });
      acts.push({ action: "member.add", tenantId, detail: { role, group } });
    } else if (now.providerId === provider.id) {
      const steps = now.role === "owner" && role !== "owner";
      if (steps && (await countOtherOwners(tx, tenantId, person.id)) === 0) {
        acts.push(kept(tenantId));
        continue;
      }
      if (now.role === role && now.providerGroup === group) continue;
      await tx.update(tenantMembers).set(managed).where(memberIs(tenantId, person.id));
      const detail = { before: now.role, after: role, group };
      if (now.role !== role) acts.push({ action: "member.change_role", tenantId, detail });
    }
  }
  for (const { tenantId, role, providerId } of held) {
    if (providerId !== provider.id) continue;
    if (wanted.tenants.some((each) => each.tenantId === tenantId)) continue;
    if (role === "owner" && (await countOtherOwners(tx, tenantId, person.id)) === 0) {
      acts.push(kept(tenantId));
      continue;
    }
    await tx.delete(tenantMembers).where(memberIs(tenantId, person.id));
    acts.push({ action: "member.remove", tenantId, detail: { before: role } });
  }
  return acts;
}

async function applyProjectRoles(
  tx: Transaction,
  provider: Provider,
  person: Person,
  wanted: GivenRoles,
): Promise<AuditedAct[]> {
  const held = await tx.select().from(projectMembers).where(eq(projectMembers.userId, person.id));
  const acts: AuditedAct[] = [];
  const moment = await databaseNow(tx);
  for (const { tenantId, projectId, role, group } of wanted.projects) {
    const found = held.find((each) => each.projectId === projectId);
    const now = found && !hasEnded(found.until, moment) ? found : undefined;
    if (now && now.providerId !== provider.id) continue;
    if (now?.role === role && now.providerGroup === group) continue;
    const managed = { role, providerId: provider.id, providerGroup: group, until: null };
    await tx
      .insert(projectMembers)
      .values({ tenantId, projectId, userId: person.id, ...managed })
      .onConflictDoUpdate({
        target: [projectMembers.projectId, projectMembers.userId],
        set: managed,
      });
    const detail = { before: now?.role ?? null, after: role, group };
    acts.push({ action: "project.set_role", tenantId, projectId, detail });
  }
  for (const { tenantId, projectId, role, providerId } of held) {
    if (providerId !== provider.id) continue;
    if (wanted.projects.some((each) => each.projectId === projectId)) continue;
    await tx
      .delete(projectMembers)
      .where(and(eq(projectMembers.projectId, projectId), eq(projectMembers.userId, person.id)));
    const detail = { before: role, after: null };
    acts.push({ action: "project.set_role", tenantId, projectId, detail });
  }
  return acts;
}

const memberIs = (tenantId: Id<"tenant">, userId: Id<"user">) =>
  and(eq(tenantMembers.tenantId, tenantId), eq(tenantMembers.userId, userId));

const kept = (tenantId: Id<"tenant">): AuditedAct => ({
  action: "member.keep",
  tenantId,
  detail: { role: "owner", why: "the tenant's last owner" },
});
