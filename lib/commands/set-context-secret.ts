import { and, eq, isNull, sql } from "drizzle-orm";
import type { Database, Transaction } from "#db/client";
import { listSecretNames, lockContext } from "#db/queries/contexts";
import { contextSecrets } from "#db/schema/contexts";
import { recordAudit } from "#lib/access/audit";
import type { Grant } from "#lib/access/authorize";
import { contextSecretPlace, seal } from "#lib/access/sealed";
import { withGrant } from "#lib/access/with-grant";
import { contextLimits, nameProblem } from "#lib/domain/context/context";
import { type Id, newId } from "#lib/domain/id";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { SetContextSecretInput } from "#lib/schemas/context";

/**
 * Gives a config context a secret, or a secret of it another value. The value is sealed for the worker
 * and never shown again. Launches and calls from now on get it; environments keep the value that they
 * were launched with.
 */
export async function setContextSecret(
  db: Database,
  grant: Grant<"context.edit">,
  input: SetContextSecretInput,
  sealingKey: string,
): Promise<Result<void, RefusalOf<"not_found" | "invalid_input">>> {
  const { contextId, name, value } = input;
  const problem = nameProblem(name);
  if (problem) return refuse({ kind: "invalid_input", fields: { name: problem } });
  return withGrant(db, grant, async (tx) => {
    const context = await lockContext(tx, contextId);
    if (!context) return refuse({ kind: "not_found", resource: "config context" });
    const names = await listSecretNames(tx, contextId);
    const isNew = !names.includes(name);
    const why = Object.hasOwn(context.variables, name)
      ? `${name} is a variable of this context already.`
      : isNew && names.length >= contextLimits.secrets
        ? `A context has at most ${contextLimits.secrets} secrets.`
        : undefined;
    if (why) return refuse({ kind: "invalid_input", fields: { name: why } });
    await endSecret(tx, contextId, name);
    const id = newId("contextSecret");
    await tx.insert(contextSecrets).values({
      ...{ id, contextId, name },
      sealedValue: seal(sealingKey, contextSecretPlace(id), value),
      rotatedByName: grant.actorName,
    });
    await recordAudit(tx, grant, {
      action: isNew ? "context.add_secret" : "context.rotate_secret",
      object: { kind: "context", id: contextId, name: context.name },
      detail: { secret: name },
    });
    return ok(undefined);
  });
}

/** Puts the value of a secret out of use, and says whether there was one; environments that have it keep it. */
export async function endSecret(
  tx: Transaction,
  contextId: Id<"context">,
  name: string,
): Promise<boolean> {
  const ended = await tx
    .update(contextSecrets)
    .set({ endedAt: sql`now()` })
    .where(
      and(
        eq(contextSecrets.contextId, contextId),
        eq(contextSecrets.name, name),
        isNull(contextSecrets.endedAt),
      ),
    )
    .returning({ id: contextSecrets.id });
  return ended.length > 0;
}
