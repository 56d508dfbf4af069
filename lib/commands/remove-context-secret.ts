import type { Database } from "#db/client";
import { lockContext } from "#db/queries/contexts";
import { recordAudit } from "#lib/access/audit";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import { endSecret } from "#lib/commands/set-context-secret";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { RemoveContextSecretInput } from "#lib/schemas/context";

/** Takes a secret away from a config context; environments that were launched with it keep it. */
export async function removeContextSecret(
  db: Database,
  grant: Grant<"context.edit">,
  input: RemoveContextSecretInput,
): Promise<Result<void, RefusalOf<"not_found">>> {
  const { contextId, name } = input;
  return withGrant(db, grant, async (tx) => {
    const context = await lockContext(tx, contextId);
    if (!context) return refuse({ kind: "not_found", resource: "config context" });
    const wasThere = await endSecret(tx, contextId, name);
    if (!wasThere) return refuse({ kind: "not_found", resource: "secret" });
    await recordAudit(tx, grant, {
      action: "context.remove_secret",
      object: { kind: "context", id: contextId, name: context.name },
      detail: { secret: name },
    });
    return ok(undefined);
  });
}
