import { z } from "zod";
import type { Database } from "#db/client";
import type { Grant } from "#lib/access/authorize";
import { named } from "#lib/api/named";
import { pageOf } from "#lib/api/page";
import { fleetRoute } from "#lib/api/route";
import { acknowledgeHealth, clearHealth, silenceHealth } from "#lib/commands/handle-health";
import { healthSeverities } from "#lib/domain/health/severity";
import type { Id } from "#lib/domain/id";
import type { Refusal } from "#lib/domain/refusal";
import { ok, type Result } from "#lib/domain/result";
import { acknowledgeHealthInput, clearHealthInput, silenceHealthInput } from "#lib/schemas/health";
import { idOf } from "#lib/schemas/id";
import { healthPlace, healthTabs } from "#lib/schemas/lists";
import { line } from "#lib/schemas/text";
import { healthAlerts } from "#lib/views/health-alerts";

const alert = z.object({
  id: idOf("healthReason"),
  code: z.string(),
  severity: z.enum(healthSeverities),
  title: z.string(),
  advice: z.string(),
  node: z.object({ id: idOf("node"), name: z.string(), rack: z.string() }),
  /** Null for the node as a whole. */
  gpu: z.number().nullable(),
  uuid: z.string().nullable(),
  /** Null where nobody held the node, or where it is no tenant's business. */
  holder: z
    .object({
      tenant: z.string(),
      environment: z.string(),
      hostname: z.string(),
      isOver: z.boolean(),
    })
    .nullable(),
  /** Numbers by what was measured or counted; words where a controller has said them. */
  evidence: z.record(z.string(), z.union([z.number(), z.string()])),
  count: z.number(),
  firstSeenAt: z.string(),
  lastSeenAt: z.string(),
  closed: z.object({ at: z.string(), how: z.enum(["quiet", "ended", "cleared"]) }).nullable(),
  acknowledged: z.object({ at: z.string(), by: z.string() }).nullable(),
  note: z.string().nullable(),
  silenced: z.object({ until: z.string(), by: z.string(), reason: z.string() }).nullable(),
  holdsNode: z.boolean(),
});

const done = z.object({ reasonId: idOf("healthReason") });

/** Handles the reason that the path names. */
async function onReason(
  { db, by, params }: { db: Database; by: Grant<"node.operate">; params: Record<string, string> },
  does: (
    db: Database,
    by: Grant<"node.operate">,
    reasonId: Id<"healthReason">,
  ) => Promise<Result<void, Refusal>>,
): Promise<Result<{ reasonId: Id<"healthReason"> }, Refusal>> {
  const id = named("healthReason", params.reason, "reason");
  if (!id.ok) return id;
  const result = await does(db, by, id.value);
  return result.ok ? ok({ reasonId: id.value }) : result;
}

export const healthRoutes = {
  listHealth: fleetRoute({
    method: "GET",
    path: "/health",
    permission: "fleet.read",
    tag: "Fleet",
    summary: "Why nodes and GPUs are not well, the worst and newest first, fifty a page",
    query: z.object({
      tab: z.enum(healthTabs).default("open"),
      severity: z.enum(healthSeverities).optional(),
      /** A part of a node's, rack's or environment's name, or of a UUID. */
      search: line(100).optional(),
      after: healthPlace.optional(),
    }),
    response: pageOf(alert),
    run: async ({ db, by, query }) => {
      const { alerts, next } = await healthAlerts(db, by, query);
      return ok({ items: alerts, next });
    },
  }),

  acknowledgeHealth: fleetRoute({
    method: "POST",
    path: "/health/{reason}/acknowledge",
    permission: "node.operate",
    tag: "Fleet",
    summary: "Say that an operator knows of a reason",
    description:
      "It stays, and no longer keeps a free node from being given out, until it happens once more.",
    body: acknowledgeHealthInput.omit({ reasonId: true }),
    response: done,
    run: (asked) =>
      onReason(asked, (db, by, reasonId) => acknowledgeHealth(db, by, { ...asked.body, reasonId })),
  }),

  clearHealth: fleetRoute({
    method: "POST",
    path: "/health/{reason}/clear",
    permission: "node.operate",
    tag: "Fleet",
    summary: "Say that a reason is past",
    body: clearHealthInput.omit({ reasonId: true }),
    response: done,
    run: (asked) =>
      onReason(asked, (db, by, reasonId) => clearHealth(db, by, { ...asked.body, reasonId })),
  }),

  silenceHealth: fleetRoute({
    method: "POST",
    path: "/health/{reason}/silence",
    permission: "node.operate",
    tag: "Fleet",
    summary: "Take a reason out of what asks for attention, for 1, 4, 12, 24, 72 or 168 hours",
    description: "A free node is kept back as before.",
    body: silenceHealthInput.omit({ reasonId: true }),
    response: done,
    run: (asked) =>
      onReason(asked, (db, by, reasonId) => silenceHealth(db, by, { ...asked.body, reasonId })),
  }),
};
