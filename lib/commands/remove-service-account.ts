import { eq, sql } from "drizzle-orm";
import type { Database } from "#db/client";
import { lockServiceAccount, revokeAllTokens } from "#db/queries/api-tokens";
import { serviceAccounts } from "#db/schema/api-tokens";
import { recordAudit } from "#lib/access/audit";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { RemoveServiceAccountInput } from "#lib/schemas/api-token";

/** Ends a service account and all its tokens, from their next request on. What it launched stays. */
export async function removeServiceAccount(
  db: Database,
  grant: Grant<"project.automation">,
  { serviceAccountId }: RemoveServiceAccountInput,
): Promise<Result<void, RefusalOf<"not_found">>> {
  return withGrant(db, grant, async (tx) => {
    const account = await lockServiceAccount(tx, grant, serviceAccountId);
    if (!account) return refuse({ kind: "not_found", resource: "service account" });
    await tx
      .update(serviceAccounts)
      .set({ removedAt: sql`now()` })
      .where(eq(serviceAccounts.id, account.id));
    const revokedTokens = await revokeAllTokens(tx, { serviceAccountId: account.id });
    await recordAudit(tx, grant, {
      action: "service_account.remove",
      object: { kind: "service_account", id: account.id, name: account.name },
      detail: { role: account.role, revokedTokens },
    });
    return ok(undefined);
  });
}
