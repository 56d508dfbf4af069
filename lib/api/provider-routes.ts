import { z } from "zod";
import { listOf } from "#lib/api/page";
import { fleetRoute } from "#lib/api/route";
import { ok, refuse } from "#lib/domain/result";
import { providerCallView } from "#lib/schemas/call-view";
import { idOf } from "#lib/schemas/id";
import { providerDetail, providersView } from "#lib/views/providers";

const provider = z.object({
  id: idOf("provider"),
  name: z.string(),
  description: z.string(),
  url: z.string(),
  state: z.enum(["active", "retired"]),
  /** By its last call. */
  health: z.enum(["answers", "silent", "unknown"]),
  lastCall: providerCallView.nullable(),
});

export const providerRoutes = {
  listProviders: fleetRoute({
    method: "GET",
    path: "/providers",
    permission: "fleet.read",
    tag: "Fleet",
    summary: "Every provider by name, with how its last call went",
    response: listOf(provider),
    run: async ({ db, by }) => ok({ items: await providersView(db, by) }),
  }),

  getProvider: fleetRoute({
    method: "GET",
    path: "/providers/{provider}",
    permission: "fleet.read",
    tag: "Fleet",
    summary: "One provider, with its last fifty calls",
    response: provider.extend({
      certificatePem: z.string(),
      isBeingChecked: z.boolean(),
      createdAt: z.string(),
      changedAt: z.string(),
      calls: z.array(providerCallView),
    }),
    run: async ({ db, by, params }) => {
      const found = await providerDetail(db, by, params.provider ?? "");
      return found ? ok(found) : refuse({ kind: "not_found", resource: "provider" });
    },
  }),
};
