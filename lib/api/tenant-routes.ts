import { z } from "zod";
import { listOf } from "#lib/api/page";
import { quotaAnswer } from "#lib/api/quota-routes";
import { fleetRoute, tenantRoute } from "#lib/api/route";
import { createProject } from "#lib/commands/create-project";
import { createTenant } from "#lib/commands/create-tenant";
import { quotaDimensions } from "#lib/domain/quota/quota";
import { ok, refuse } from "#lib/domain/result";
import { idOf } from "#lib/schemas/id";
import { createProjectInput, createTenantInput } from "#lib/schemas/tenant";
import { tenantDetail, tenantsView } from "#lib/views/tenants";

const tenant = z.object({
  id: idOf("tenant"),
  slug: z.string(),
  name: z.string(),
  createdAt: z.string(),
});

export const tenantRoutes = {
  createProject: tenantRoute({
    method: "POST",
    path: "/projects",
    permission: "project.create",
    tag: "Tenant",
    summary: "Add a project to the tenant",
    description:
      "Owners and admins have it at once. Others get their roles in it from people, in the portal.",
    body: createProjectInput,
    response: z.object({ projectId: idOf("project") }),
    run: ({ db, by, body }) => createProject(db, by, by.tenantId, body),
  }),

  listTenants: fleetRoute({
    method: "GET",
    path: "/tenants",
    permission: "fleet.read",
    tag: "Fleet",
    summary: "Every tenant by name, with how much it has and holds",
    response: listOf(
      tenant.extend({
        projects: z.number(),
        members: z.number(),
        owners: z.number(),
        /** Limits that are set for the tenant as a whole. */
        limits: z.number(),
        nodesHeld: z.number(),
        gpusHeld: z.number(),
      }),
    ),
    run: async ({ db, by }) => ok({ items: await tenantsView(db, by) }),
  }),

  createTenant: fleetRoute({
    method: "POST",
    path: "/tenants",
    permission: "tenant.create",
    tag: "Fleet",
    summary: "Add a tenant",
    description:
      "It has no people, no project and no quota. Who comes in first is said in the portal.",
    body: createTenantInput,
    response: z.object({ tenantId: idOf("tenant"), slug: z.string() }),
    run: ({ db, by, body }) => createTenant(db, by, body),
  }),

  getTenant: fleetRoute({
    method: "GET",
    path: "/tenants/{tenant}",
    permission: "fleet.read",
    tag: "Fleet",
    summary: "One tenant: its projects and quota, and what a limit can be set for",
    response: tenant.extend({
      quota: quotaAnswer,
      subjects: z.array(
        z.object({
          dimension: z.enum(quotaDimensions),
          subject: z.string(),
          words: z.string(),
        }),
      ),
    }),
    run: async ({ db, by, params }) => {
      const found = await tenantDetail(db, by, params.tenant ?? "");
      if (!found) return refuse({ kind: "not_found", resource: "tenant" });
      const { lines, projects } = found.quota;
      return ok({ ...found, quota: { items: lines, projects } });
    },
  }),
};
