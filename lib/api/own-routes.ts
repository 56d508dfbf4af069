import { z } from "zod";
import { effectiveProjectRole } from "#lib/access/policy";
import { listOf } from "#lib/api/page";
import { ownRoute } from "#lib/api/route";
import { operatorRoles, projectRoles, tenantRoles } from "#lib/domain/access/role";
import { isId } from "#lib/domain/id";
import { ok } from "#lib/domain/result";
import { idOf } from "#lib/schemas/id";
import { ownKeys } from "#lib/views/account";

const me = z.object({
  id: z.string(),
  kind: z.enum(["person", "service_account"]),
  name: z.string(),
  operatorRole: z.enum(operatorRoles).nullable(),
  token: z.object({ id: idOf("apiToken"), name: z.string(), scopes: z.array(z.string()) }),
});

const project = z.object({
  tenant: z.string(),
  tenantName: z.string(),
  tenantRole: z.enum(tenantRoles),
  project: z.string(),
  projectName: z.string(),
  projectId: idOf("project"),
  role: z.enum(projectRoles),
});

const sshKey = z.object({
  id: idOf("sshKey"),
  name: z.string(),
  type: z.string(),
  fingerprint: z.string(),
  createdAt: z.string(),
});

export const ownRoutes = {
  getMe: ownRoute({
    method: "GET",
    path: "/me",
    tag: "You",
    summary: "Whose token this is, and what it may do",
    response: me,
    run: async ({ by }) => {
      if (!by.token) throw new Error("a caller of the API without a token");
      return ok({
        id: by.userId,
        kind: isId("user", by.userId) ? ("person" as const) : ("service_account" as const),
        name: by.name,
        operatorRole: by.operatorRole,
        token: { id: by.token.id, name: by.token.name, scopes: [...by.token.scopes] },
      });
    },
  }),

  listProjects: ownRoute({
    method: "GET",
    path: "/projects",
    tag: "You",
    summary: "The projects that this token is good in",
    response: listOf(project),
    run: async ({ by }) =>
      ok({
        items: by.memberships.flatMap((membership) =>
          membership.projects.flatMap((each) => {
            const role = effectiveProjectRole(membership.role, each.role);
            if (!role) return [];
            return [
              {
                tenant: membership.tenantSlug,
                tenantName: membership.tenantName,
                tenantRole: membership.role,
                project: each.slug,
                projectName: each.name,
                projectId: each.projectId,
                role,
              },
            ];
          }),
        ),
      }),
  }),

  listSshKeys: ownRoute({
    method: "GET",
    path: "/ssh-keys",
    tag: "You",
    summary: "Your saved SSH keys",
    description: "A service account has none: it names a public key at each launch.",
    response: listOf(sshKey),
    run: async ({ db, by }) => ok({ items: await ownKeys(db, by.userId) }),
  }),
};
