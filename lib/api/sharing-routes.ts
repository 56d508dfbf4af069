import { z } from "zod";
import { limit, pageOf } from "#lib/api/page";
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
};
const part = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("template"), id: idOf("template"), ...about }),
  z.object({ kind: z.literal("profile"), id: idOf("profile"), ...about }),
  z.object({ kind: z.literal("image"), id: idOf("image"), ...about }),
]);
const partId = z.union([idOf("template"), idOf("profile"), idOf("image")]);

const tenant = z.object({
  id: idOf("tenant"),
  slug: z.string(),
  name: z.string(),
  /** How many it has. */
  projects: z.number(),
  /** Of the parts, those that it or any project of it has. */
  has: z.array(
    z.object({
      partId,
      /** As a whole: all its projects have it, and those made later will. */
      isWhole: z.boolean(),
      /** So many of its projects may use it. */
      projects: z.number(),
    }),
  ),
});

export const sharingRoutes = {
  getSharing: fleetRoute({
    method: "GET",
    path: "/sharing",
    permission: "fleet.read",
    tag: "Fleet",
    summary: "What each tenant may use of the catalogue, as a whole or in some of its projects",
    description:
      "Tenants by name, a page at a time, each with what it has of all the parts there are. Of one tenant, when one is named, with what each of its projects may use.",
    query: z.object({ tenant: slug().optional(), after: slug().optional(), limit }),
    response: pageOf(tenant).extend({
      parts: z.array(part),
      /** Of the tenant that was named, with the parts that each may use; null where none is. */
      projects: z
        .array(z.object({ id: idOf("project"), name: z.string(), has: z.array(partId) }))
        .nullable(),
    }),
    run: async ({ db, by, query }) => {
      const { tenants, parts, projects, next } = await sharingMatrix(db, by, query);
      // The page shows all tenants where none is of that name; a program is to be told.
      if (query.tenant !== undefined && projects === null) {
        return refuse({ kind: "not_found", resource: "tenant" });
      }
      return ok({ items: tenants, parts, projects, next });
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
