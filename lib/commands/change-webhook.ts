import { eq } from "drizzle-orm";
import type { Database } from "#db/client";
import { lockWebhook } from "#db/queries/webhooks";
import { webhooks } from "#db/schema/notifications";
import { recordAudit } from "#lib/access/audit";
import { seal, webhookPathPlace } from "#lib/access/sealed";
import { withGrant } from "#lib/access/with-grant";
import { placeOf, readKinds, type WebhookGrant } from "#lib/commands/create-webhook";
import { readEndpoint } from "#lib/commands/register-provider";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { ChangeWebhookInput } from "#lib/schemas/webhook";

/**
 * Says where a webhook is now, in which form it is told, and of what. Without an address it stays
 * where it is. Its secret stays; what waits goes to the new place.
 */
export async function changeWebhook(
  db: Database,
  grant: WebhookGrant,
  input: ChangeWebhookInput,
  sealingKey: string,
): Promise<Result<void, RefusalOf<"not_found" | "invalid_input">>> {
  const moved = input.url === "" ? null : readEndpoint({ url: input.url, certificatePem: "" });
  if (moved && !moved.ok) return moved;
  const shown = readEndpoint({ url: "https://kept", certificatePem: input.certificatePem });
  if (!shown.ok) return shown;
  const kinds = readKinds(grant, input.kinds);
  if (!kinds.ok) return kinds;
  const { webhookId, form } = input;
  return withGrant(db, grant, async (tx) => {
    const before = await lockWebhook(tx, placeOf(grant), webhookId);
    if (!before) return refuse({ kind: "not_found", resource: "webhook" });
    await tx
      .update(webhooks)
      .set({
        form,
        kinds: kinds.value,
        certificatePem: shown.value.certificatePem,
        ...(moved
          ? {
              address: moved.value.address,
              sealedPath: seal(sealingKey, webhookPathPlace(webhookId), moved.value.path),
            }
          : {}),
      })
      .where(eq(webhooks.id, webhookId));
    await recordAudit(tx, grant, {
      action: "webhook.change",
      object: { kind: "webhook", id: webhookId, name: before.name },
      detail: {
        before: { address: before.address, form: before.form, kinds: before.kinds },
        after: { address: moved?.value.address ?? before.address, form, kinds: kinds.value },
      },
    });
    return ok(undefined);
  });
}
