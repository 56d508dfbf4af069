import { eq, sql } from "drizzle-orm";
import type { Database } from "#db/client";
import { wakeWorkers } from "#db/queries/operations";
import { lockWebhook } from "#db/queries/webhooks";
import { webhooks } from "#db/schema/notifications";
import { recordAudit } from "#lib/access/audit";
import { withGrant } from "#lib/access/with-grant";
import { placeOf, type WebhookGrant } from "#lib/commands/create-webhook";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { PauseWebhookInput } from "#lib/schemas/webhook";

/**
 * Has the messages of a webhook wait, or go on. Those that have waited for a day are given up. Saying
 * so twice is saying it once.
 */
export async function pauseWebhook(
  db: Database,
  grant: WebhookGrant,
  { webhookId, paused }: PauseWebhookInput,
): Promise<Result<void, RefusalOf<"not_found">>> {
  return withGrant(db, grant, async (tx) => {
    const webhook = await lockWebhook(tx, placeOf(grant), webhookId);
    if (!webhook) return refuse({ kind: "not_found", resource: "webhook" });
    if ((webhook.pausedAt !== null) === paused) return ok(undefined);
    await tx
      .update(webhooks)
      .set({ pausedAt: paused ? sql`now()` : null })
      .where(eq(webhooks.id, webhookId));
    await wakeWorkers(tx);
    await recordAudit(tx, grant, {
      action: paused ? "webhook.pause" : "webhook.resume",
      object: { kind: "webhook", id: webhookId, name: webhook.name },
    });
    return ok(undefined);
  });
}
