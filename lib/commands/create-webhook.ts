import { randomBytes } from "node:crypto";
import { count } from "drizzle-orm";
import type { Database } from "#db/client";
import { webhooksOf } from "#db/queries/webhooks";
import { webhooks } from "#db/schema/notifications";
import { recordAudit } from "#lib/access/audit";
import type { Grant } from "#lib/access/authorize";
import { seal, webhookPathPlace, webhookSecretPlace } from "#lib/access/sealed";
import { withGrant } from "#lib/access/with-grant";
import { readEndpoint } from "#lib/commands/register-provider";
import { type Id, newId } from "#lib/domain/id";
import { type NotificationKind, webhookKinds } from "#lib/domain/notification/notification";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { CreateWebhookInput } from "#lib/schemas/webhook";

/** Who may change webhooks: of the fleet, or of their tenant. */
export type WebhookGrant = Grant<"webhook.edit"> | Grant<"tenant.webhooks">;

/** Shown once, when it is made. */
export type WebhookSecret = { webhookId: Id<"webhook">; secret: string };

/** Whose webhooks a grant is about; null for the fleet's. */
export const placeOf = (grant: WebhookGrant) => (grant.scope === "fleet" ? null : grant.tenantId);

const most = 20;

/**
 * Makes a webhook and gives the secret that its messages are signed with: sealed for the worker, as
 * the path is, and never shown again. Nothing is sent to it here. Twenty at most in one place.
 */
export async function createWebhook(
  db: Database,
  grant: WebhookGrant,
  input: CreateWebhookInput,
  sealingKey: string,
): Promise<Result<WebhookSecret, RefusalOf<"invalid_input" | "name_taken" | "not_now">>> {
  const endpoint = readEndpoint(input);
  if (!endpoint.ok) return endpoint;
  const kinds = readKinds(grant, input.kinds);
  if (!kinds.ok) return kinds;
  const id = newId("webhook");
  const secret = newWebhookSecret();
  const { name, form } = input;
  const { address, path, certificatePem } = endpoint.value;
  const tenantId = placeOf(grant);
  return withGrant(db, grant, async (tx) => {
    const [held] = await tx.select({ there: count() }).from(webhooks).where(webhooksOf(tenantId));
    if ((held?.there ?? 0) >= most) {
      return refuse({
        kind: "not_now",
        reason: `There are ${most} webhooks here, and more are not kept.`,
        advice: "Remove one that is not used.",
      });
    }
    const made = await tx
      .insert(webhooks)
      .values({
        ...{ id, tenantId, name, form, address, certificatePem },
        kinds: kinds.value,
        sealedPath: seal(sealingKey, webhookPathPlace(id), path),
        sealedSecret: seal(sealingKey, webhookSecretPlace(id), secret),
        createdByName: grant.actorName,
      })
      .onConflictDoNothing()
      .returning({ id: webhooks.id });
    if (made.length === 0) return refuse({ kind: "name_taken", resource: "webhook", name });
    await recordAudit(tx, grant, {
      action: "webhook.create",
      object: { kind: "webhook", id, name },
      detail: { address, form, kinds: kinds.value },
    });
    return ok({ webhookId: id, secret });
  });
}

/** A secret as Standard Webhooks has it: 256 bits in base64 after `whsec_`. */
export function newWebhookSecret(): string {
  return `whsec_${randomBytes(32).toString("base64")}`;
}

/** Each kind once; refused when one of them is never told in this place. */
export function readKinds(
  grant: WebhookGrant,
  chosen: readonly NotificationKind[],
): Result<NotificationKind[], RefusalOf<"invalid_input">> {
  const offered = webhookKinds(grant.scope === "fleet" ? "fleet" : "tenant");
  if (chosen.some((kind) => !offered.includes(kind))) {
    return refuse({ kind: "invalid_input", fields: { kinds: "Choose of those in the list." } });
  }
  return ok(offered.filter((kind) => chosen.includes(kind)));
}
