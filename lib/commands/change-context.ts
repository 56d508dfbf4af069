import { eq, sql } from "drizzle-orm";
import type { Database } from "#db/client";
import { listSecretNames, lockContext } from "#db/queries/contexts";
import { contexts } from "#db/schema/contexts";
import { recordAudit } from "#lib/access/audit";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import { changeOf, recordOf } from "#lib/commands/create-context";
import { contextProblems } from "#lib/domain/context/context";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { ChangeContextInput } from "#lib/schemas/context";

/**
 * Replaces description, variables and files of a config context. Launches and calls from now on get
 * these; environments keep what they were launched with. Refused when somebody has changed it since it
 * was looked at.
 */
export async function changeContext(
  db: Database,
  grant: Grant<"context.edit">,
  input: ChangeContextInput,
): Promise<Result<{ changedAt: string }, RefusalOf<"not_found" | "invalid_input" | "not_now">>> {
  const { contextId, seen, description, variables, files } = input;
  return withGrant(db, grant, async (tx) => {
    const context = await lockContext(tx, contextId);
    if (!context) return refuse({ kind: "not_found", resource: "config context" });
    if (context.changedAt.toISOString() !== seen) {
      const reason = "Somebody has changed it since this page was loaded.";
      return refuse({ kind: "not_now", reason, advice: "Load it again to see what it is now." });
    }
    const fields = contextProblems(variables, files, await listSecretNames(tx, contextId));
    if (Object.keys(fields).length > 0) return refuse({ kind: "invalid_input", fields });
    const after = recordOf(variables);
    const [row] = await tx
      .update(contexts)
      .set({ description, variables: after, files, changedAt: sql`clock_timestamp()` })
      .where(eq(contexts.id, contextId))
      .returning({ changedAt: contexts.changedAt });
    await recordAudit(tx, grant, {
      action: "context.change",
      object: { kind: "context", id: contextId, name: context.name },
      detail: changeOf(context, { variables: after, files }),
    });
    return ok({ changedAt: row?.changedAt.toISOString() ?? seen });
  });
}
