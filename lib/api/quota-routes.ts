import { z } from "zod";
import { fleetRoute, tenantRoute } from "#lib/api/route";
import { setProjectQuota } from "#lib/commands/set-project-quota";
import { setTenantQuota } from "#lib/commands/set-tenant-quota";
import { quotaDimensions } from "#lib/domain/quota/quota";
import { ok } from "#lib/domain/result";
import { idOf } from "#lib/schemas/id";
import { setProjectQuotaInput, setTenantQuotaInput } from "#lib/schemas/quota";
import { quotaBoard } from "#lib/views/quota-board";
import { tenantId } from "#lib/views/tenants";

const count = z.number();

/** Limits with what is held, of a tenant as a whole and of each of its projects by id. */
export const quotaAnswer = z.object({
  items: z.array(
    z.object({
      dimension: z.enum(quotaDimensions),
      /** A GPU model, a profile's id, or a family of addresses. */
      subject: z.string(),
      words: z.string(),
      limit: count.nullable(),
      used: count,
      byProject: z.record(z.string(), z.object({ limit: count.nullable(), used: count })),
    }),
  ),
  projects: z.array(z.object({ id: idOf("project"), slug: z.string(), name: z.string() })),
});

const set = z.object({ limit: count.nullable() });

export const quotaRoutes = {
  getTenantQuota: tenantRoute({
    method: "GET",
    path: "/quota",
    permission: "tenant.read",
    tag: "Tenant",
    summary: "The tenant's quota, how its projects share it, and how much is held",
    response: quotaAnswer,
    run: async ({ db, by }) => {
      const { lines, projects } = await quotaBoard(db, by);
      return ok({ items: lines, projects });
    },
  }),

  splitQuota: tenantRoute({
    method: "POST",
    path: "/quota/split",
    permission: "quota.split",
    tag: "Tenant",
    summary: "Promise a project a part of the tenant's quota",
    description:
      "A limit of null takes the promise back. Together the parts never pass the tenant's own limit.",
    body: setProjectQuotaInput,
    response: set,
    run: async ({ db, by, body }) => {
      const done = await setProjectQuota(db, by, by.tenantId, body);
      return done.ok ? ok({ limit: body.limit }) : done;
    },
  }),

  setTenantQuota: fleetRoute({
    method: "POST",
    path: "/tenants/{tenant}/quota",
    permission: "quota.edit",
    tag: "Fleet",
    summary: "Set what a tenant may hold at once",
    description:
      "Less than it holds takes nothing away: nothing new is given until enough was released. A limit of null takes the limit away.",
    body: setTenantQuotaInput.omit({ tenantId: true }),
    response: set,
    run: async ({ db, by, params, body }) => {
      const id = await tenantId(db, by, params.tenant ?? "");
      if (!id.ok) return id;
      const done = await setTenantQuota(db, by, { ...body, tenantId: id.value });
      return done.ok ? ok({ limit: body.limit }) : done;
    },
  }),

  splitTenantQuota: fleetRoute({
    method: "POST",
    path: "/tenants/{tenant}/quota/split",
    permission: "quota.edit",
    tag: "Fleet",
    summary: "Promise a tenant's project a part of its quota",
    body: setProjectQuotaInput,
    response: set,
    run: async ({ db, by, params, body }) => {
      const id = await tenantId(db, by, params.tenant ?? "");
      if (!id.ok) return id;
      const done = await setProjectQuota(db, by, id.value, body);
      return done.ok ? ok({ limit: body.limit }) : done;
    },
  }),
};
