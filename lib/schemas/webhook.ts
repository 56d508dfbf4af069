import { z } from "zod";
import { webhookForms } from "#lib/domain/notification/delivery";
import { notificationKinds } from "#lib/domain/notification/notification";
import { idOf } from "#lib/schemas/id";
import { label, line, prose } from "#lib/schemas/text";

const receiver = {
  form: z.enum(webhookForms, { error: "Choose a form." }),
  certificatePem: prose(20_000),
  kinds: z
    .array(z.enum(notificationKinds))
    .min(1, "Choose at least one thing that it is told of.")
    .max(notificationKinds.length, "Name each of them once."),
};

export const createWebhookInput = z
  .object({
    name: label("a name", 60),
    /** Read by `parseProviderUrl`, whose sentences say what is wrong with it. */
    url: label("its address", 400),
    ...receiver,
  })
  .strict();
export type CreateWebhookInput = z.infer<typeof createWebhookInput>;

/** Without an address the one that it has stays: it is never shown again. */
export const changeWebhookInput = z
  .object({ webhookId: idOf("webhook"), url: line(400), ...receiver })
  .strict();
export type ChangeWebhookInput = z.infer<typeof changeWebhookInput>;

export const webhookInput = z.object({ webhookId: idOf("webhook") }).strict();
export type WebhookInput = z.infer<typeof webhookInput>;

export const pauseWebhookInput = z
  .object({ webhookId: idOf("webhook"), paused: z.boolean() })
  .strict();
export type PauseWebhookInput = z.infer<typeof pauseWebhookInput>;

export const replayDeliveryInput = z.object({ deliveryId: idOf("delivery") }).strict();
export type ReplayDeliveryInput = z.infer<typeof replayDeliveryInput>;
