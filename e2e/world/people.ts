import { randomUUID } from "node:crypto";
import type { Database } from "#db/client";
import { ensureSetupLink } from "#db/queries/setup-links";
import { findTenantRole } from "#db/queries/tenants";
import { findUserByEmail } from "#db/queries/users";
import { actorOf, type GrantsOf, must, reading, signedIn } from "#e2e/world/acting";
import { joinAsOperator } from "#lib/commands/accept-operator-invitation";
import { addMember } from "#lib/commands/add-member";
import { changePassword } from "#lib/commands/change-password";
import { createFirstOperator } from "#lib/commands/create-first-operator";
import { endAllSessions } from "#lib/commands/end-session";
import { inviteOperator } from "#lib/commands/invite-operator";
import { resetPassword } from "#lib/commands/reset-password";
import type { OperatorRole, TenantRole } from "#lib/domain/access/role";
import type { Id } from "#lib/domain/id";

export type Person = { email: string; name: string };

/** The first operator, by a setup link as `npm start` prints it; who is there stays as they are. */
export async function firstOperator(db: Database, person: Person, password: string): Promise<void> {
  const token = await db.transaction((tx) => ensureSetupLink(tx));
  if (token === null) return;
  const request = { requestId: randomUUID(), ipAddress: null };
  must(await createFirstOperator(db, request, { ...person, token, password }));
}

/** One more operator, who was invited and has made an account with a password. */
export async function operator(
  db: Database,
  may: GrantsOf,
  { email, name, role }: Person & { role: OperatorRole },
  password: string,
): Promise<void> {
  if (await findUserByEmail(db, email)) return;
  const token = await operatorLink(db, may, { email, role });
  const request = { requestId: randomUUID(), ipAddress: null };
  must(await joinAsOperator(db, request, { token, name, password }));
}

/** The token of the link that makes somebody an operator. */
export async function operatorLink(
  db: Database,
  may: GrantsOf,
  invited: { email: string; role: OperatorRole },
): Promise<string> {
  const { path } = must(await inviteOperator(db, may("operator.edit"), invited));
  return new URL(path, "http://ingot").searchParams.get("token") ?? "";
}

/**
 * A tenant's member, who has signed in once and chosen a password. A member who is there and has not yet
 * chosen one is given another to sign in with.
 */
export async function member(
  db: Database,
  may: GrantsOf,
  tenantId: Id<"tenant">,
  person: Person & { role: TenantRole },
  password: string,
): Promise<Id<"user">> {
  const { userId, given } = await account(db, may, tenantId, person);
  if (given !== null) await chooseOwn(db, person.email, given, password);
  return userId;
}

/** The account of a member, with the password that it was given just now; null where it has its own. */
async function account(
  db: Database,
  may: GrantsOf,
  tenantId: Id<"tenant">,
  person: Person & { role: TenantRole },
): Promise<{ userId: Id<"user">; given: string | null }> {
  const known = await findUserByEmail(db, person.email);
  if (!known || !(await reading(db, (tx) => findTenantRole(tx, tenantId, known.id)))) {
    const added = must(await addMember(db, may("tenant.edit"), tenantId, person));
    return { userId: added.userId, given: added.oneTimePassword };
  }
  const who = { tenantId, userId: known.id };
  if (known.mustChangePassword) {
    const reset = must(await resetPassword(db, may("tenant.edit"), who));
    return { ...who, given: reset.oneTimePassword };
  }
  // A run that was broken off may have left them signed in.
  await endAllSessions(db, await actorOf(db, person.email));
  return { ...who, given: null };
}

/** What a person does first: their own password in place of the one they were given. Then they leave. */
async function chooseOwn(db: Database, email: string, given: string, own: string): Promise<void> {
  const session = await signedIn(db, { email, password: given });
  must(await changePassword(db, session, { currentPassword: given, newPassword: own }));
  must(await endAllSessions(db, session.actor));
}
