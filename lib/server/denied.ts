import "server-only";
import { cache } from "react";
import { recordDenied } from "#lib/access/audit";
import type { Caller } from "#lib/access/authorize";
import { withUser } from "#lib/access/with-grant";
import { database } from "#lib/server/database";

/**
 * Writes into the audit log that someone was refused a permission in a place (`fleet`, `acme` or
 * `acme/vision`). A layout and its page ask the same of one request: that is written once.
 */
export async function noteDenied(actor: Caller, permission: string, place: string): Promise<void> {
  const key = `${permission} ${place}`;
  if (noted().has(key)) return;
  noted().add(key);
  const tenantSlug = place.split("/")[0];
  await withUser(database(), actor.userId, (tx) =>
    recordDenied(tx, actor, {
      action: permission,
      // Only a tenant of their own: a stranger's try is no entry in another's log.
      tenantId: actor.memberships.find((m) => m.tenantSlug === tenantSlug)?.tenantId,
      detail: { place },
    }),
  );
}

/** What was written for this request. */
const noted = cache(() => new Set<string>());
