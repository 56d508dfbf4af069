import type { Database } from "#db/client";
import { notify } from "#db/queries/notifications";
import { lockWebhook } from "#db/queries/webhooks";
import { recordAudit } from "#lib/access/audit";
import { withGrant } from "#lib/access/with-grant";
import { placeOf, type WebhookGrant } from "#lib/commands/create-webhook";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { WebhookInput } from "#lib/schemas/webhook";

/** Has the worker send a webhook one test message, as any other is sent. Refused while it is paused. */
export async function tryWebhook(
  db: Database,
  grant: WebhookGrant,
  { webhookId }: WebhookInput,
): Promise<Result<void, RefusalOf<"not_found" | "not_now">>> {
  const tenantId = placeOf(grant);
  return withGrant(db, grant, async (tx) => {
    const webhook = await lockWebhook(tx, tenantId, webhookId);
    if (!webhook) return refuse({ kind: "not_found", resource: "webhook" });
    if (webhook.pausedAt) return whilePaused;
    await notify(tx, {
      kind: "webhook.test",
      audience: "webhook",
      tenantId,
      data: { webhookId, by: grant.actorName },
    });
    await recordAudit(tx, grant, {
      action: "webhook.test",
      object: { kind: "webhook", id: webhookId, name: webhook.name },
    });
    return ok(undefined);
  });
}

/** What is sent by hand is not sent to a webhook that is paused. */
export const whilePaused = refuse({
  kind: "not_now" as const,
  reason: "It is paused, and nothing is sent to it.",
  advice: "Resume it first.",
});
