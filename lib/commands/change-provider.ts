import { eq, sql } from "drizzle-orm";
import type { Database } from "#db/client";
import { wakeRunsOf } from "#db/queries/hook-runs";
import { lockProvider } from "#db/queries/lock-provider";
import { providers } from "#db/schema/hooks";
import { recordAudit } from "#lib/access/audit";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import { readEndpoint } from "#lib/commands/register-provider";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { ChangeProviderInput } from "#lib/schemas/hook";

/**
 * Says where a provider is now and what it shows. Its secret stays; the next call goes there, at once
 * for what waits since it could not be asked. Refused when somebody has changed it since it was looked at.
 */
export async function changeProvider(
  db: Database,
  grant: Grant<"provider.edit">,
  input: ChangeProviderInput,
): Promise<Result<void, RefusalOf<"not_found" | "invalid_input" | "not_now">>> {
  const endpoint = readEndpoint(input);
  if (!endpoint.ok) return endpoint;
  return withGrant(db, grant, async (tx) => {
    const provider = await lockProvider(tx, input.providerId);
    if (!provider) return refuse({ kind: "not_found", resource: "provider" });
    if (provider.changedAt.toISOString() !== input.seen) {
      return refuse({
        kind: "not_now",
        reason: `Changed meanwhile by ${provider.changedByName ?? "somebody else"}.`,
        advice: "Close this and open it again to see what it is now.",
      });
    }
    await tx
      .update(providers)
      .set({
        description: input.description,
        ...endpoint.value,
        changedAt: sql`clock_timestamp()`,
        changedByName: grant.actorName,
      })
      .where(eq(providers.id, provider.id));
    await wakeRunsOf(tx, provider.id);
    await recordAudit(tx, grant, {
      action: "provider.change",
      object: { kind: "provider", id: provider.id, name: provider.name },
      detail: {
        before: provider.address + provider.path,
        after: endpoint.value.address + endpoint.value.path,
      },
    });
    return ok(undefined);
  });
}
