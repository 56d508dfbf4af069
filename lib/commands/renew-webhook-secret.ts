import { eq } from "drizzle-orm";
import type { Database } from "#db/client";
import { lockWebhook } from "#db/queries/webhooks";
import { webhooks } from "#db/schema/notifications";
import { recordAudit } from "#lib/access/audit";
import { seal, webhookSecretPlace } from "#lib/access/sealed";
import { withGrant } from "#lib/access/with-grant";
import {
  newWebhookSecret,
  placeOf,
  type WebhookGrant,
  type WebhookSecret,
} from "#lib/commands/create-webhook";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { WebhookInput } from "#lib/schemas/webhook";

/** Makes another secret for a webhook and shows it once. Every later message is signed with it. */
export async function renewWebhookSecret(
  db: Database,
  grant: WebhookGrant,
  { webhookId }: WebhookInput,
  sealingKey: string,
): Promise<Result<WebhookSecret, RefusalOf<"not_found">>> {
  const secret = newWebhookSecret();
  return withGrant(db, grant, async (tx) => {
    const webhook = await lockWebhook(tx, placeOf(grant), webhookId);
    if (!webhook) return refuse({ kind: "not_found", resource: "webhook" });
    await tx
      .update(webhooks)
      .set({ sealedSecret: seal(sealingKey, webhookSecretPlace(webhookId), secret) })
      .where(eq(webhooks.id, webhookId));
    await recordAudit(tx, grant, {
      action: "webhook.renew_secret",
      object: { kind: "webhook", id: webhookId, name: webhook.name },
    });
    return ok({ webhookId, secret });
  });
}
