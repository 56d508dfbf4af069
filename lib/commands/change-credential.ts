import { eq, sql } from "drizzle-orm";
import type { Database } from "#db/client";
import { findNode, noteNode } from "#db/queries/nodes";
import { announce, wakeOperations } from "#db/queries/operations";
import { dropRotation, isBeingRotated } from "#db/queries/password-rotations";
import { controllerCredentials } from "#db/schema/nodes";
import { operations } from "#db/schema/operations";
import { recordAudit } from "#lib/access/audit";
import type { Grant } from "#lib/access/authorize";
import { credentialPlace, seal } from "#lib/access/sealed";
import { withGrant } from "#lib/access/with-grant";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { ChangeCredentialInput } from "#lib/schemas/node";

/**
 * Replaces the sign-in data of a node's controller. A new version lifts the guard that keeps a
 * refused one from being tried again, and ends a change of the password that was left open. Refused
 * while such a change is under way.
 */
export async function changeCredential(
  db: Database,
  grant: Grant<"credential.edit">,
  input: ChangeCredentialInput,
  sealingKey: string,
): Promise<Result<void, RefusalOf<"not_found" | "not_now">>> {
  return withGrant(db, grant, async (tx) => {
    const node = await findNode(tx, input.nodeId);
    if (!node) return refuse({ kind: "not_found", resource: "node" });
    // Nobody but the one who sent it would know the password that the controller may have by now.
    if (await isBeingRotated(tx, node.id)) {
      return refuse({
        kind: "not_now",
        reason: "Its controller is being given a new password at this moment.",
        advice: "Try again in a minute.",
      });
    }
    // Everyone locks the change before the sign-in.
    await dropRotation(tx, node.id);
    await tx
      .update(controllerCredentials)
      .set({
        sealed: seal(
          sealingKey,
          credentialPlace(node.id),
          JSON.stringify({ username: input.username, password: input.password }),
        ),
        version: sql`${controllerCredentials.version} + 1`,
        state: "untried",
        changedAt: sql`now()`,
      })
      .where(eq(controllerCredentials.nodeId, node.id));
    await noteNode(tx, node.id, { controllerState: "unknown" });
    // A release that was stuck on the refused one goes on at once.
    await wakeOperations(tx, eq(operations.nodeId, node.id));
    await recordAudit(tx, grant, {
      action: "node.change_credential",
      object: { kind: "node", id: node.id, name: node.name },
      detail: { username: input.username },
    });
    await announce(tx, `node:${node.id}`);
    return ok(undefined);
  });
}
