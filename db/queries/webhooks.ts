import { and, eq, isNull, type SQL } from "drizzle-orm";
import type { Transaction } from "#db/client";
import { webhooks } from "#db/schema/notifications";
import type { Id } from "#lib/domain/id";

/** All that the portal may read of a webhook: what is sealed is the worker's. */
export const shownOfWebhook = {
  id: webhooks.id,
  tenantId: webhooks.tenantId,
  name: webhooks.name,
  form: webhooks.form,
  address: webhooks.address,
  certificatePem: webhooks.certificatePem,
  kinds: webhooks.kinds,
  pausedAt: webhooks.pausedAt,
  createdByName: webhooks.createdByName,
  createdAt: webhooks.createdAt,
};

/** The webhooks of one tenant, or of the fleet with null: operators see all, and edit only theirs. */
export function webhooksOf(tenantId: Id<"tenant"> | null): SQL | undefined {
  return and(
    tenantId === null ? isNull(webhooks.tenantId) : eq(webhooks.tenantId, tenantId),
    isNull(webhooks.removedAt),
  );
}

/** Locks a webhook of that place that has not been removed. */
export async function lockWebhook(
  tx: Transaction,
  tenantId: Id<"tenant"> | null,
  id: Id<"webhook">,
) {
  const [row] = await tx
    .select(shownOfWebhook)
    .from(webhooks)
    .where(and(eq(webhooks.id, id), webhooksOf(tenantId)))
    .for("no key update");
  return row;
}
