import { eq } from "drizzle-orm";
import type { Database } from "#db/client";
import { wakeRunsOf } from "#db/queries/hook-runs";
import { lockProvider } from "#db/queries/lock-provider";
import { providers } from "#db/schema/hooks";
import { recordAudit } from "#lib/access/audit";
import type { Grant } from "#lib/access/authorize";
import { providerPlace, seal } from "#lib/access/sealed";
import { withGrant } from "#lib/access/with-grant";
import { newProviderSecret, type ShownSecret } from "#lib/commands/register-provider";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { ProviderInput } from "#lib/schemas/hook";

/** Makes another secret for a provider and shows it once. Every later call is signed with it. */
export async function renewProviderSecret(
  db: Database,
  grant: Grant<"provider.edit">,
  input: ProviderInput,
  sealingKey: string,
): Promise<Result<ShownSecret, RefusalOf<"not_found">>> {
  const secret = newProviderSecret();
  return withGrant(db, grant, async (tx) => {
    const provider = await lockProvider(tx, input.providerId);
    if (!provider) return refuse({ kind: "not_found", resource: "provider" });
    await tx
      .update(providers)
      .set({ sealedSecret: seal(sealingKey, providerPlace(provider.id), secret) })
      .where(eq(providers.id, provider.id));
    await wakeRunsOf(tx, provider.id);
    await recordAudit(tx, grant, {
      action: "provider.renew_secret",
      object: { kind: "provider", id: provider.id, name: provider.name },
    });
    return ok({ providerId: provider.id, secret });
  });
}
