import { eq, sql } from "drizzle-orm";
import type { Database } from "#db/client";
import { findNode, noteNode } from "#db/queries/nodes";
import { announce, wakeOperations } from "#db/queries/operations";
import { retryRotation as retry } from "#db/queries/password-rotations";
import { controllerCredentials } from "#db/schema/nodes";
import { operations } from "#db/schema/operations";
import { recordAudit } from "#lib/access/audit";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { RetryRotationInput } from "#lib/schemas/node";

/**
 * Has both passwords of a controller tried again, after it took neither: when its account was locked
 * for a while, say. Refused where no change of its password was left open.
 */
export async function retryRotation(
  db: Database,
  grant: Grant<"node.enrol">,
  input: RetryRotationInput,
): Promise<Result<void, RefusalOf<"not_found" | "not_now">>> {
  return withGrant(db, grant, async (tx) => {
    const node = await findNode(tx, input.nodeId);
    if (!node) return refuse({ kind: "not_found", resource: "node" });
    if (!(await retry(tx, node.id))) {
      return refuse({
        kind: "not_now",
        reason: "No change of this controller's password was left open.",
        advice: "",
      });
    }
    await tx
      .update(controllerCredentials)
      // Another version, so that no worker remembers it as refused.
      .set({ state: "untried", version: sql`${controllerCredentials.version} + 1` })
      .where(eq(controllerCredentials.nodeId, node.id));
    await noteNode(tx, node.id, { controllerState: "unknown" });
    await wakeOperations(tx, eq(operations.nodeId, node.id));
    await recordAudit(tx, grant, {
      action: "node.retry_credential",
      object: { kind: "node", id: node.id, name: node.name },
    });
    await announce(tx, `node:${node.id}`);
    return ok(undefined);
  });
}
