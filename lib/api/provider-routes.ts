import { z } from "zod";
import { listOf } from "#lib/api/page";
import { fleetRoute } from "#lib/api/route";
import { ok, refuse } from "#lib/domain/result";
import { idOf } from "#lib/schemas/id";
import { providerDetail, providersView } from "#lib/views/providers";

const call = z.object({
  id: z.number(),
  at: z.string(),
  durationMs: z.number(),
  outcome: z.enum(["done", "again", "failed", "transient", "none"]),
  words: z.string(),
  for: z.enum(["hook", "check", "dry run"]),
});

const provider = z.object({
  id: idOf("provider"),
  name: z.string(),
  description: z.string(),
  url: z.string(),
  state: z.enum(["active", "retired"]),
  /** By its last call. */
  health: z.enum(["answers", "silent", "unknown"]),
  lastCall: call.nullable(),
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
      calls: z.array(call),
    }),
    run: async ({ db, by, params }) => {
      const found = await providerDetail(db, by, params.provider ?? "");
      return found ? ok(found) : refuse({ kind: "not_found", resource: "provider" });
    },
  }),
};
