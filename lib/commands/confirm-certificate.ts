import { eq } from "drizzle-orm";
import type { Database } from "#db/client";
import { noteNode } from "#db/queries/nodes";
import { announce, wakeOperations } from "#db/queries/operations";
import { nodes } from "#db/schema/nodes";
import { operations } from "#db/schema/operations";
import { recordAudit } from "#lib/access/audit";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { ConfirmCertificateInput } from "#lib/schemas/node";

/**
 * Pins the certificate that a controller showed. The fingerprint that the operator read must be
 * the one that is kept: if the controller shows another by now, nothing is pinned.
 */
export async function confirmCertificate(
  db: Database,
  grant: Grant<"node.enrol">,
  input: ConfirmCertificateInput,
): Promise<Result<void, RefusalOf<"not_found" | "not_now">>> {
  return withGrant(db, grant, async (tx) => {
    const [node] = await tx
      .select()
      .from(nodes)
      .where(eq(nodes.id, input.nodeId))
      .for("no key update");
    if (!node) return refuse({ kind: "not_found", resource: "node" });
    if (!node.presentedCertificate || node.presentedFingerprint !== input.fingerprint) {
      return refuse({
        kind: "not_now",
        reason: "The controller shows another certificate than the one you read.",
        advice: "Compare the fingerprint on this page with the controller's own and confirm again.",
      });
    }
    await noteNode(tx, node.id, {
      controllerFingerprint: node.presentedFingerprint,
      controllerCertificate: node.presentedCertificate,
      controllerState: "unknown",
      // A controller that was replaced has another UUID as well; whose it is, is asked anew.
      controllerUuid: null,
    });
    await wakeOperations(tx, eq(operations.nodeId, node.id));
    await recordAudit(tx, grant, {
      action: "node.confirm_certificate",
      object: { kind: "node", id: node.id, name: node.name },
      detail: { before: node.controllerFingerprint, after: node.presentedFingerprint },
    });
    await announce(tx, `node:${node.id}`);
    return ok(undefined);
  });
}
