"use server";

import { changeWebhook } from "#lib/commands/change-webhook";
import { createWebhook } from "#lib/commands/create-webhook";
import { pauseWebhook } from "#lib/commands/pause-webhook";
import { removeWebhook } from "#lib/commands/remove-webhook";
import { renewWebhookSecret } from "#lib/commands/renew-webhook-secret";
import { replayDelivery } from "#lib/commands/replay-delivery";
import { tryWebhook } from "#lib/commands/try-webhook";
import {
  changeWebhookInput,
  createWebhookInput,
  pauseWebhookInput,
  replayDeliveryInput,
  webhookInput,
} from "#lib/schemas/webhook";
import { fleetAction } from "#lib/server/action";
import { sealingKey } from "#lib/server/sealing-key";

export const createWebhookAction = fleetAction({
  permission: "webhook.edit",
  tellsSecret: true,
  input: createWebhookInput,
  run: (db, grant, input) => createWebhook(db, grant, input, sealingKey()),
});

export const changeWebhookAction = fleetAction({
  permission: "webhook.edit",
  input: changeWebhookInput,
  run: (db, grant, input) => changeWebhook(db, grant, input, sealingKey()),
});

export const renewWebhookSecretAction = fleetAction({
  permission: "webhook.edit",
  tellsSecret: true,
  input: webhookInput,
  run: (db, grant, input) => renewWebhookSecret(db, grant, input, sealingKey()),
});

export const pauseWebhookAction = fleetAction({
  permission: "webhook.edit",
  input: pauseWebhookInput,
  run: pauseWebhook,
});

export const tryWebhookAction = fleetAction({
  permission: "webhook.edit",
  input: webhookInput,
  run: tryWebhook,
});

export const removeWebhookAction = fleetAction({
  permission: "webhook.edit",
  input: webhookInput,
  run: removeWebhook,
});

export const replayDeliveryAction = fleetAction({
  permission: "webhook.edit",
  input: replayDeliveryInput,
  run: replayDelivery,
});
