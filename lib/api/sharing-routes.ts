import { z } from "zod";
import { listOf } from "#lib/api/page";
import { fleetRoute } from "#lib/api/route";
import { changeShares } from "#lib/commands/change-shares";
import { ok, refuse } from "#lib/domain/result";
import { idOf } from "#lib/schemas/id";
import { changeSharesInput } from "#lib/schemas/sharing";
import { slug } from "#lib/schemas/text";
import { sharingMatrix } from "#lib/views/sharing-matrix";

const about = {
  name: z.string(),
  /** Why nobody is offered it yet, though it may be shared; null when it is. */
  note: z.string().nullable(),
  /** The tenant has it as a whole: all its projects do, and those made later will. */
  isWithTenant: z.boolean(),
  /** Projects of the tenant that may use it. */
  sharedWith: z.array(idOf("project")),
};
const part = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("template"), id: idOf("template"), ...about }),
  z.object({ kind: z.literal("profile"), id: idOf("profile"), ...about }),
  z.object({ kind: z.literal("image"), id: idOf("image"), ...about }),
]);

const tenant = z.object({ id: idOf("tenant"), slug: z.string(), name: z.string() });

export const sharingRoutes = {
  getSharing: fleetRoute({
    method: "GET",
    path: "/sharing",
    permission: "fleet.read",
    tag: "Fleet",
    summary: "What a tenant and each of its projects may use of the catalogue, part by part",
    description: "Of the first tenant by name unless one is named; with the tenants there are.",
    query: z.object({ tenant: slug().optional() }),
    response: listOf(part).extend({
      /** Whose projects these are; null while there is no tenant. */
      tenant: tenant.nullable(),
      projects: z.array(z.object({ id: idOf("project"), name: z.string() })),
      tenants: z.array(tenant),
    }),
    run: async ({ db, by, query }) => {
      const { rows, ...matrix } = await sharingMatrix(db, by, query.tenant);
      // The page shows the first tenant where none is of that name; a program is to be told.
      if (query.tenant !== undefined && matrix.tenant?.slug !== query.tenant) {
        return refuse({ kind: "not_found", resource: "tenant" });
      }
      return ok({ ...matrix, items: rows });
    },
  }),

  changeShares: fleetRoute({
    method: "POST",
    path: "/sharing",
    permission: "catalogue.edit",
    tag: "Fleet",
    summary: "Share a part of the catalogue with tenants and projects, or take it from them",
    description:
      "What others have of it stays, and what runs is not touched. A tenant has it for all its projects, and for those made later; taken from the tenant it is taken from all of them, also from those that had it before, and from one of them alone it is refused. The answer names the tenants and the projects that there are.",
    body: changeSharesInput,
    response: z.object({ tenants: z.array(z.string()), projects: z.array(z.string()) }),
    run: ({ db, by, body }) => changeShares(db, by, body),
  }),
};
