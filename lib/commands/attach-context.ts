import { and, eq, sql } from "drizzle-orm";
import type { Database } from "#db/client";
import { findContextPlace } from "#db/queries/context-places";
import { lockContext } from "#db/queries/contexts";
import { contextAttachments } from "#db/schema/contexts";
import { recordAudit } from "#lib/access/audit";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import { contextLimits } from "#lib/domain/context/context";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { AttachContextInput } from "#lib/schemas/context";

/**
 * Has a config context go with every launch of a template, every launch in a project, or every call of
 * a provider, from now on. One that is attached there already stays as it is.
 */
export async function attachContext(
  db: Database,
  grant: Grant<"context.edit">,
  input: AttachContextInput,
): Promise<Result<void, RefusalOf<"not_found" | "not_now">>> {
  return withGrant(db, grant, async (tx) => {
    const context = await lockContext(tx, input.contextId);
    if (!context) return refuse({ kind: "not_found", resource: "config context" });
    const place = await findContextPlace(tx, input.to);
    if (!place.ok) return refuse({ kind: "not_found", resource: place.refusal });
    const { columns, where, kind, name, tenantId, projectId } = place.value;
    const [row] = await tx
      .select({
        attached: sql<number>`count(*)::int`,
        isThere: sql<boolean>`coalesce(bool_or(${contextAttachments.contextId} = ${context.id}), false)`,
      })
      .from(contextAttachments)
      .where(where);
    if (row?.isThere) return ok(undefined);
    if ((row?.attached ?? 0) >= contextLimits.attached) {
      const reason = `${name} has ${contextLimits.attached} config contexts, and no more can be attached.`;
      return refuse({ kind: "not_now", reason, advice: "Detach one there first." });
    }
    await tx
      .insert(contextAttachments)
      .values({ contextId: context.id, ...columns })
      .onConflictDoNothing();
    await recordAudit(tx, grant, {
      action: "context.attach",
      object: { kind: "context", id: context.id, name: context.name },
      detail: { [kind]: name },
      ...(tenantId && projectId ? { tenantId, projectId } : {}),
    });
    return ok(undefined);
  });
}

/** Undoes that for launches and calls from now on; environments keep what they were launched with. */
export async function detachContext(
  db: Database,
  grant: Grant<"context.edit">,
  input: AttachContextInput,
): Promise<Result<void, RefusalOf<"not_found">>> {
  return withGrant(db, grant, async (tx) => {
    const context = await lockContext(tx, input.contextId);
    if (!context) return refuse({ kind: "not_found", resource: "config context" });
    const place = await findContextPlace(tx, input.to);
    if (!place.ok) return refuse({ kind: "not_found", resource: place.refusal });
    const { where, kind, name, tenantId, projectId } = place.value;
    const gone = await tx
      .delete(contextAttachments)
      .where(and(eq(contextAttachments.contextId, context.id), where))
      .returning({ id: contextAttachments.contextId });
    // Detached by somebody else meanwhile: what was asked for is so.
    if (gone.length === 0) return ok(undefined);
    await recordAudit(tx, grant, {
      action: "context.detach",
      object: { kind: "context", id: context.id, name: context.name },
      detail: { [kind]: name },
      ...(tenantId && projectId ? { tenantId, projectId } : {}),
    });
    return ok(undefined);
  });
}
