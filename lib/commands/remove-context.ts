import { and, eq, isNull, sql } from "drizzle-orm";
import type { Database } from "#db/client";
import { listAttachments } from "#db/queries/context-places";
import { lockContext } from "#db/queries/contexts";
import { contextSecrets, contexts } from "#db/schema/contexts";
import { recordAudit } from "#lib/access/audit";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { ContextInput } from "#lib/schemas/context";

const named = 5;

/**
 * Removes a config context and its secrets. Refused while it is attached, with whatever it is attached
 * to; environments that were launched with it keep their copy to their release.
 */
export async function removeContext(
  db: Database,
  grant: Grant<"context.edit">,
  input: ContextInput,
): Promise<Result<void, RefusalOf<"not_found" | "not_now">>> {
  return withGrant(db, grant, async (tx) => {
    const context = await lockContext(tx, input.contextId);
    if (!context) return refuse({ kind: "not_found", resource: "config context" });
    const holders = await listAttachments(tx, context.id);
    if (holders.length > 0) {
      const names = holders.slice(0, named).map(({ kind, name }) => `${kind} ${name}`);
      const more = holders.length - names.length;
      const reason = `It is attached to ${names.join(", ")}${more > 0 ? ` and ${more} more` : ""}.`;
      return refuse({ kind: "not_now", reason, advice: "Detach it there first." });
    }
    await tx.update(contexts).set({ removedAt: sql`now()` }).where(eq(contexts.id, context.id));
    await tx
      .update(contextSecrets)
      .set({ endedAt: sql`now()` })
      .where(and(eq(contextSecrets.contextId, context.id), isNull(contextSecrets.endedAt)));
    await recordAudit(tx, grant, {
      action: "context.remove",
      object: { kind: "context", id: context.id, name: context.name },
    });
    return ok(undefined);
  });
}
