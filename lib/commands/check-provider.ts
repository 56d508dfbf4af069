import { eq, sql } from "drizzle-orm";
import type { Database } from "#db/client";
import { lockProvider } from "#db/queries/lock-provider";
import { wakeWorkers } from "#db/queries/operations";
import { providers } from "#db/schema/hooks";
import { recordAudit } from "#lib/access/audit";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { ProviderInput } from "#lib/schemas/hook";

/** Has the worker ask a provider how it is; what it answers stands among its calls. */
export async function checkProvider(
  db: Database,
  grant: Grant<"provider.edit">,
  input: ProviderInput,
): Promise<Result<void, RefusalOf<"not_found">>> {
  return withGrant(db, grant, async (tx) => {
    const provider = await lockProvider(tx, input.providerId);
    if (!provider) return refuse({ kind: "not_found", resource: "provider" });
    await tx
      .update(providers)
      .set({ checkRequestedAt: sql`now()` })
      .where(eq(providers.id, provider.id));
    await wakeWorkers(tx);
    await recordAudit(tx, grant, {
      action: "provider.check",
      object: { kind: "provider", id: provider.id, name: provider.name },
    });
    return ok(undefined);
  });
}
