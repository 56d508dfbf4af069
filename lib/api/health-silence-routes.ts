import { z } from "zod";
import { named } from "#lib/api/named";
import { listOf } from "#lib/api/page";
import { fleetRoute } from "#lib/api/route";
import { addHealthSilence, endHealthSilence } from "#lib/commands/silence-health";
import { ok } from "#lib/domain/result";
import { addHealthSilenceInput } from "#lib/schemas/health";
import { idOf } from "#lib/schemas/id";
import { healthSilencesView } from "#lib/views/health-silences";

const silence = z.object({
  id: idOf("healthSilence"),
  what: z.string(),
  /** Null for every rule. */
  code: z.string().nullable(),
  place: z.object({
    kind: z.enum(["fleet", "site", "rack", "node"]),
    id: z.string().nullable(),
    name: z.string().nullable(),
  }),
  /** Of one of a node's GPUs, -1 for the node as a whole; null for all of it. */
  gpu: z.number().nullable(),
  until: z.string(),
  by: z.string(),
  at: z.string(),
  reason: z.string(),
});

const done = z.object({ silenceId: idOf("healthSilence") });

export const healthSilenceRoutes = {
  listHealthSilences: fleetRoute({
    method: "GET",
    path: "/health/silences",
    permission: "fleet.read",
    tag: "Fleet",
    summary: "What operators are told nothing of, by when that ends",
    response: listOf(silence),
    run: async ({ db, by }) => ok({ items: await healthSilencesView(db, by) }),
  }),

  addHealthSilence: fleetRoute({
    method: "POST",
    path: "/health/silences",
    permission: "node.operate",
    tag: "Fleet",
    summary: "Silence a rule, or every one, in the fleet, a site, a rack or on a node",
    description:
      "For 1, 4, 12, 24, 72 or 168 hours. Operators are told nothing of it and it leaves the open list; reasons open and close, and a free node is kept back as before.",
    body: addHealthSilenceInput,
    response: done,
    run: ({ db, by, body }) => addHealthSilence(db, by, body),
  }),

  endHealthSilence: fleetRoute({
    method: "POST",
    path: "/health/silences/{silence}/end",
    permission: "node.operate",
    tag: "Fleet",
    summary: "End a silence now",
    response: done,
    run: async ({ db, by, params }) => {
      const id = named("healthSilence", params.silence, "silence");
      return id.ok ? endHealthSilence(db, by, { silenceId: id.value }) : id;
    },
  }),
};
