import { eq } from "drizzle-orm";
import type { Database } from "#db/client";
import { databaseNow } from "#db/queries/clock";
import {
  findOpenInvitation,
  invitationHash,
  listInvitationProjects,
} from "#db/queries/invitations";
import { findUserByEmail } from "#db/queries/users";
import { tenants } from "#db/schema/tenants";
import { withInvitation } from "#lib/access/with-grant";
import type { Id } from "#lib/domain/id";

export type InvitationView = {
  email: string;
  tenantSlug: string;
  tenantName: string;
  role: string;
  projects: { name: string; role: string }[];
  memberDays: number | null;
  invitedBy: string;
  expiresAt: string;
  /** There is an account with this address: it is signed in to, not made. */
  hasAccount: boolean;
};

/** What a link invites to, for whoever holds it; null when it opens nothing any more. */
export async function invitationView(
  db: Database,
  token: unknown,
  now?: Date,
): Promise<InvitationView | null> {
  if (typeof token !== "string" || token.length > 100) return null;
  const hash = invitationHash(token);
  return withInvitation(db, hash, "" as Id<"user">, async (tx) => {
    const invitation = await findOpenInvitation(tx, hash, await databaseNow(tx, now));
    if (!invitation) return null;
    const [tenant] = await tx.select().from(tenants).where(eq(tenants.id, invitation.tenantId));
    const projects = await listInvitationProjects(tx, invitation.id);
    return {
      email: invitation.email,
      tenantSlug: tenant?.slug ?? "",
      tenantName: tenant?.name ?? "",
      role: invitation.role,
      projects: projects.map(({ name, role }) => ({ name, role })),
      memberDays: invitation.memberDays,
      invitedBy: invitation.invitedByName,
      expiresAt: invitation.expiresAt.toISOString(),
      hasAccount: (await findUserByEmail(tx, invitation.email)) !== undefined,
    };
  });
}
