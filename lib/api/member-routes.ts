import { z } from "zod";
import { tenantRoleMay } from "#lib/access/policy";
import { listOf } from "#lib/api/page";
import { fleetRoute, tenantRoute } from "#lib/api/route";
import { operatorRoles, projectRoles, tenantRoles } from "#lib/domain/access/role";
import { ok } from "#lib/domain/result";
import { idOf } from "#lib/schemas/id";
import { membersView } from "#lib/views/members";
import { operatorsView } from "#lib/views/operators";

// Who is there, to be compared with a list of one's own. People are changed by people.

const ends = {
  /** When it ends; null where it has no end. */
  until: z.string().nullable(),
  /** Who manages it, in words, where no person does. */
  manager: z.string().nullable(),
};

const member = z.object({
  userId: idOf("user"),
  name: z.string(),
  email: z.string(),
  role: z.enum(tenantRoles),
  ...ends,
  hasEnded: z.boolean(),
  /** Has an account, but has not replaced the one-time password yet. */
  hasNotSignedIn: z.boolean(),
  /** Nobody signs in to the account: an operator has closed it. */
  isClosed: z.boolean(),
  since: z.string(),
  /** Roles given in projects; owners and admins have every project without. */
  projects: z.array(z.object({ project: z.string(), role: z.enum(projectRoles), ...ends })),
});

/** Without its link, which was shown once. */
const pending = {
  id: idOf("invitation"),
  email: z.string(),
  invitedBy: z.string(),
  createdAt: z.string(),
  expiresAt: z.string(),
  isTooOld: z.boolean(),
};

const invitation = z.object({
  ...pending,
  role: z.enum(tenantRoles),
  memberDays: z.number().nullable(),
});

export const memberRoutes = {
  listMembers: tenantRoute({
    method: "GET",
    path: "/members",
    permission: "member.read",
    tag: "Tenant",
    summary: "The tenant's members by name, with their roles, and who is invited",
    response: listOf(member).extend({
      /** Those that nobody has taken up yet; null for whom the portal does not show them, either. */
      invitations: z.array(invitation).nullable(),
    }),
    run: async ({ db, by }) => {
      const { members, invitations, projects } = await membersView(db, by);
      return ok({
        items: members.map(({ projectRoles: roles, projectEnds, projectManagers, ...each }) => ({
          ...each,
          projects: projects.flatMap(({ id, slug }) => {
            const role = roles[id];
            const [until, manager] = [projectEnds[id] ?? null, projectManagers[id] ?? null];
            return role ? [{ project: slug, role, until, manager }] : [];
          }),
        })),
        invitations: tenantRoleMay(by.role, "member.edit") ? invitations : null,
      });
    },
  }),

  listOperators: fleetRoute({
    method: "GET",
    path: "/operators",
    permission: "fleet.read",
    tag: "Fleet",
    summary: "Everyone who runs or watches the fleet, by name, and who is invited to",
    response: listOf(
      z.object({
        userId: idOf("user"),
        name: z.string(),
        email: z.string(),
        role: z.enum(operatorRoles),
        manager: ends.manager,
        isClosed: z.boolean(),
        hasNotSignedIn: z.boolean(),
        hasSecondFactor: z.boolean(),
        createdAt: z.string(),
      }),
    ).extend({
      /** Those that nobody has taken up yet. */
      invitations: z.array(z.object({ ...pending, role: z.enum(operatorRoles) })),
    }),
    run: async ({ db, by }) => {
      const { operators, invitations } = await operatorsView(db, by);
      return ok({ items: operators, invitations });
    },
  }),
};
