import { z } from "zod";
import type { Database } from "#db/client";
import type { Grant } from "#lib/access/authorize";
import { named } from "#lib/api/named";
import { listOf, pageOf } from "#lib/api/page";
import { type Asked, tenantRoute } from "#lib/api/route";
import { changeWebhook } from "#lib/commands/change-webhook";
import { createWebhook } from "#lib/commands/create-webhook";
import { pauseWebhook } from "#lib/commands/pause-webhook";
import { removeWebhook } from "#lib/commands/remove-webhook";
import { renewWebhookSecret } from "#lib/commands/renew-webhook-secret";
import { replayDelivery } from "#lib/commands/replay-delivery";
import { tryWebhook } from "#lib/commands/try-webhook";
import type { Id } from "#lib/domain/id";
import { deliveryStates, webhookForms } from "#lib/domain/notification/delivery";
import { notificationKinds } from "#lib/domain/notification/notification";
import type { Refusal } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import { idOf } from "#lib/schemas/id";
import { changeWebhookInput, createWebhookInput } from "#lib/schemas/webhook";
import { webhookDetail, webhooksView } from "#lib/views/webhooks";

export const delivery = z.object({
  id: idOf("delivery"),
  kind: z.enum(notificationKinds),
  title: z.string(),
  state: z.enum(deliveryStates),
  attempt: z.number(),
  lastStatus: z.number().nullable(),
  lastWords: z.string(),
  lastAt: z.string().nullable(),
  tookMs: z.number().nullable(),
  createdAt: z.string(),
  nextAt: z.string().nullable(),
});

export const webhook = z.object({
  id: idOf("webhook"),
  name: z.string(),
  form: z.enum(webhookForms),
  /** Without its path, which may be a secret. */
  address: z.string(),
  certificatePem: z.string(),
  kinds: z.array(z.enum(notificationKinds)),
  isPaused: z.boolean(),
  createdBy: z.string(),
  createdAt: z.string(),
  last: delivery.nullable(),
});

const done = z.object({ webhookId: idOf("webhook") });
const withSecret = done.extend({ secret: z.string() });
const noSuch = { kind: "not_found", resource: "webhook" } as const;

type Webhooks = Grant<"tenant.webhooks">;
type Plain = Asked<Webhooks, z.ZodObject<Record<never, never>>, z.ZodUndefined>;

/** An act on one webhook that takes nothing but which one. */
const act = (spec: {
  path: string;
  summary: string;
  description?: string;
  does: (db: Database, by: Webhooks, webhookId: Id<"webhook">) => Promise<Result<void, Refusal>>;
}) =>
  tenantRoute({
    method: "POST",
    path: `/webhooks/{webhook}/${spec.path}`,
    permission: "tenant.webhooks",
    tag: "Tenant",
    summary: spec.summary,
    description: spec.description,
    response: done,
    run: async ({ db, by, params }: Plain) => {
      const id = named("webhook", params.webhook, "webhook");
      if (!id.ok) return id;
      const result = await spec.does(db, by, id.value);
      return result.ok ? ok({ webhookId: id.value }) : result;
    },
  });

export const webhookRoutes = {
  listWebhooks: tenantRoute({
    method: "GET",
    path: "/webhooks",
    permission: "tenant.webhooks",
    tag: "Tenant",
    summary: "The tenant's webhooks by name, each with the last message to it",
    response: listOf(webhook),
    run: async ({ db, by }) => ok({ items: await webhooksView(db, by) }),
  }),

  createWebhook: tenantRoute({
    method: "POST",
    path: "/webhooks",
    permission: "tenant.webhooks",
    tag: "Tenant",
    summary: "Create a webhook",
    description:
      "The secret that its messages are signed with is given in this answer, and never again. Twenty at most in a tenant.",
    body: createWebhookInput.extend({
      certificatePem: createWebhookInput.shape.certificatePem.default(""),
    }),
    response: withSecret,
    tellsSecret: true,
    run: ({ db, by, body, sealingKey }) => createWebhook(db, by, body, sealingKey),
  }),

  getWebhook: tenantRoute({
    method: "GET",
    path: "/webhooks/{webhook}",
    permission: "tenant.webhooks",
    tag: "Tenant",
    summary: "One webhook, with the last message to it",
    response: webhook,
    run: async ({ db, by, params }) => {
      const found = await webhookDetail(db, by, params.webhook ?? "", undefined);
      return found ? ok(found.webhook) : refuse(noSuch);
    },
  }),

  changeWebhook: tenantRoute({
    method: "POST",
    path: "/webhooks/{webhook}/change",
    permission: "tenant.webhooks",
    tag: "Tenant",
    summary: "Say where a webhook is now, in which form it is told, and of what",
    description:
      "With an empty url it stays where it is. Its secret stays; what waits goes to the new place.",
    body: changeWebhookInput.omit({ webhookId: true }),
    response: done,
    run: async ({ db, by, params, body, sealingKey }) => {
      const id = named("webhook", params.webhook, "webhook");
      if (!id.ok) return id;
      const result = await changeWebhook(db, by, { ...body, webhookId: id.value }, sealingKey);
      return result.ok ? ok({ webhookId: id.value }) : result;
    },
  }),

  pauseWebhook: act({
    path: "pause",
    summary: "Have the messages of a webhook wait",
    description: "Those that have waited for a day are given up. To ask twice is to ask once.",
    does: (db, by, webhookId) => pauseWebhook(db, by, { webhookId, paused: true }),
  }),
  resumeWebhook: act({
    path: "resume",
    summary: "Have the messages of a webhook go on",
    description: "To ask twice is to ask once.",
    does: (db, by, webhookId) => pauseWebhook(db, by, { webhookId, paused: false }),
  }),
  tryWebhook: act({
    path: "try",
    summary: "Send a webhook one test message",
    description: "As any other is sent: see its deliveries for what came of it.",
    does: (db, by, webhookId) => tryWebhook(db, by, { webhookId }),
  }),
  removeWebhook: act({
    path: "remove",
    summary: "Remove a webhook",
    description: "What waits for it is not sent.",
    does: (db, by, webhookId) => removeWebhook(db, by, { webhookId }),
  }),

  renewWebhookSecret: tenantRoute({
    method: "POST",
    path: "/webhooks/{webhook}/renew-secret",
    permission: "tenant.webhooks",
    tag: "Tenant",
    summary: "Make another secret for a webhook",
    description:
      "Every message from now on is signed with it. It is given in this answer, and never again.",
    response: withSecret,
    tellsSecret: true,
    run: async ({ db, by, params, sealingKey }) => {
      const id = named("webhook", params.webhook, "webhook");
      return id.ok ? renewWebhookSecret(db, by, { webhookId: id.value }, sealingKey) : id;
    },
  }),

  listDeliveries: tenantRoute({
    method: "GET",
    path: "/webhooks/{webhook}/deliveries",
    permission: "tenant.webhooks",
    tag: "Tenant",
    summary: "The messages to a webhook, newest first, fifty a page",
    query: z.object({ after: idOf("delivery").optional() }),
    response: pageOf(delivery),
    run: async ({ db, by, params, query }) => {
      const found = await webhookDetail(db, by, params.webhook ?? "", query.after);
      return found ? ok({ items: found.deliveries, next: found.next }) : refuse(noSuch);
    },
  }),

  replayDelivery: tenantRoute({
    method: "POST",
    path: "/deliveries/{delivery}/replay",
    permission: "tenant.webhooks",
    tag: "Tenant",
    summary: "Send a message to its webhook once more",
    description: "Under the same id and for another day, whatever became of it before.",
    response: z.object({ deliveryId: idOf("delivery") }),
    status: 202,
    run: async ({ db, by, params }) => {
      const id = named("delivery", params.delivery, "delivery");
      if (!id.ok) return id;
      const result = await replayDelivery(db, by, { deliveryId: id.value });
      return result.ok ? ok({ deliveryId: id.value }) : result;
    },
  }),
};
