import { and, eq, sql } from "drizzle-orm";
import type { Database } from "#db/client";
import { wakeWorkers } from "#db/queries/operations";
import { lockWebhook } from "#db/queries/webhooks";
import { deliveries, notifications } from "#db/schema/notifications";
import { recordAudit } from "#lib/access/audit";
import { withGrant } from "#lib/access/with-grant";
import { placeOf, type WebhookGrant } from "#lib/commands/create-webhook";
import { whilePaused } from "#lib/commands/try-webhook";
import { deliveryHours } from "#lib/domain/notification/delivery";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { ReplayDeliveryInput } from "#lib/schemas/webhook";

/**
 * Sends one message to its webhook once more, under the same id and for another day, whatever became
 * of it before. Who is just sending it commits nothing any more.
 */
export async function replayDelivery(
  db: Database,
  grant: WebhookGrant,
  { deliveryId }: ReplayDeliveryInput,
): Promise<Result<void, RefusalOf<"not_found" | "not_now">>> {
  return withGrant(db, grant, async (tx) => {
    const [delivery] = await tx
      .select({
        id: deliveries.id,
        webhookId: deliveries.webhookId,
        state: deliveries.state,
        kind: notifications.kind,
      })
      .from(deliveries)
      .innerJoin(notifications, eq(notifications.id, deliveries.notificationId))
      .where(and(eq(deliveries.id, deliveryId), eq(deliveries.channel, "webhook")));
    const webhook =
      delivery?.webhookId && (await lockWebhook(tx, placeOf(grant), delivery.webhookId));
    if (!delivery || !webhook) return refuse({ kind: "not_found", resource: "delivery" });
    if (webhook.pausedAt) return whilePaused;
    await tx
      .update(deliveries)
      .set({
        state: "waiting",
        attempt: 0,
        fence: sql`${deliveries.fence} + 1`,
        leaseUntil: null,
        endedAt: null,
        runAfter: sql`now()`,
        giveUpAt: sql`now() + make_interval(hours => ${deliveryHours})`,
      })
      .where(eq(deliveries.id, deliveryId));
    await wakeWorkers(tx);
    await recordAudit(tx, grant, {
      action: "webhook.replay",
      object: { kind: "webhook", id: webhook.id, name: webhook.name },
      detail: { delivery: deliveryId, message: delivery.kind, before: delivery.state },
    });
    return ok(undefined);
  });
}
