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
import { tenantAction } from "#lib/server/action";
import { sealingKey } from "#lib/server/sealing-key";

export const createWebhookAction = tenantAction({
  permission: "tenant.webhooks",
  tellsSecret: true,
  input: createWebhookInput,
  run: (db, grant, input) => createWebhook(db, grant, input, sealingKey()),
});

export const changeWebhookAction = tenantAction({
  permission: "tenant.webhooks",
  input: changeWebhookInput,
  run: (db, grant, input) => changeWebhook(db, grant, input, sealingKey()),
});

export const renewWebhookSecretAction = tenantAction({
  permission: "tenant.webhooks",
  tellsSecret: true,
  input: webhookInput,
  run: (db, grant, input) => renewWebhookSecret(db, grant, input, sealingKey()),
});

export const pauseWebhookAction = tenantAction({
  permission: "tenant.webhooks",
  input: pauseWebhookInput,
  run: pauseWebhook,
});

export const tryWebhookAction = tenantAction({
  permission: "tenant.webhooks",
  input: webhookInput,
  run: tryWebhook,
});

export const removeWebhookAction = tenantAction({
  permission: "tenant.webhooks",
  input: webhookInput,
  run: removeWebhook,
});

export const replayDeliveryAction = tenantAction({
  permission: "tenant.webhooks",
  input: replayDeliveryInput,
  run: replayDelivery,
});
