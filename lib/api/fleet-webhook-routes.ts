import { z } from "zod";
import { listOf, pageOf } from "#lib/api/page";
import { fleetRoute } from "#lib/api/route";
import { delivery, webhook } from "#lib/api/webhook-routes";
import { ok, refuse } from "#lib/domain/result";
import { idOf } from "#lib/schemas/id";
import { webhookDetail, webhooksView } from "#lib/views/webhooks";

// The fleet's own webhooks are made and changed by people: they tell what every tenant does.

const noSuch = { kind: "not_found", resource: "webhook" } as const;

export const fleetWebhookRoutes = {
  listFleetWebhooks: fleetRoute({
    method: "GET",
    path: "/webhooks",
    permission: "fleet.read",
    tag: "Fleet",
    summary: "The fleet's webhooks by name, each with the last message to it",
    response: listOf(webhook),
    run: async ({ db, by }) => ok({ items: await webhooksView(db, by) }),
  }),

  getFleetWebhook: fleetRoute({
    method: "GET",
    path: "/webhooks/{webhook}",
    permission: "fleet.read",
    tag: "Fleet",
    summary: "One webhook of the fleet, with the last message to it",
    response: webhook,
    run: async ({ db, by, params }) => {
      const found = await webhookDetail(db, by, params.webhook ?? "", undefined);
      return found ? ok(found.webhook) : refuse(noSuch);
    },
  }),

  listFleetDeliveries: fleetRoute({
    method: "GET",
    path: "/webhooks/{webhook}/deliveries",
    permission: "fleet.read",
    tag: "Fleet",
    summary: "The messages to a webhook of the fleet, newest first, fifty a page",
    query: z.object({ after: idOf("delivery").optional() }),
    response: pageOf(delivery),
    run: async ({ db, by, params, query }) => {
      const found = await webhookDetail(db, by, params.webhook ?? "", query.after);
      return found ? ok({ items: found.deliveries, next: found.next }) : refuse(noSuch);
    },
  }),
};
