import { and, eq, sql } from "drizzle-orm";
import type { Database } from "#db/client";
import { lockWebhook } from "#db/queries/webhooks";
import { deliveries, webhooks } from "#db/schema/notifications";
import { recordAudit } from "#lib/access/audit";
import { withGrant } from "#lib/access/with-grant";
import { placeOf, type WebhookGrant } from "#lib/commands/create-webhook";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { WebhookInput } from "#lib/schemas/webhook";

/** Removes a webhook: what waits for it is not sent, and what was sent is kept for its month. */
export async function removeWebhook(
  db: Database,
  grant: WebhookGrant,
  { webhookId }: WebhookInput,
): Promise<Result<void, RefusalOf<"not_found">>> {
  return withGrant(db, grant, async (tx) => {
    const webhook = await lockWebhook(tx, placeOf(grant), webhookId);
    if (!webhook) return refuse({ kind: "not_found", resource: "webhook" });
    await tx
      .update(webhooks)
      .set({ removedAt: sql`now()`, sealedPath: "", sealedSecret: "", certificatePem: null })
      .where(eq(webhooks.id, webhookId));
    await tx
      .update(deliveries)
      .set({
        state: "cancelled",
        lastWords: "Its webhook is removed.",
        fence: sql`${deliveries.fence} + 1`,
        endedAt: sql`now()`,
        leaseUntil: null,
      })
      .where(and(eq(deliveries.webhookId, webhookId), eq(deliveries.state, "waiting")));
    await recordAudit(tx, grant, {
      action: "webhook.remove",
      object: { kind: "webhook", id: webhookId, name: webhook.name },
      detail: { address: webhook.address },
    });
    return ok(undefined);
  });
}
