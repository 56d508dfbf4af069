import { and, inArray, isNotNull, sql } from "drizzle-orm";
import type { Database } from "#db/client";
import { announce, wakeOperations } from "#db/queries/operations";
import { nodes } from "#db/schema/nodes";
import { operations } from "#db/schema/operations";
import { recordAudits } from "#lib/access/audit";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import { liveOperationStates } from "#lib/domain/operation/operation";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { ConfirmCertificatesInput } from "#lib/schemas/node";

/**
 * Pins the certificates that controllers showed: all of them, or none. The fingerprints that the
 * operator read must be the ones that are kept; if a controller shows another by now, its node is
 * named and nothing is pinned.
 */
export async function confirmCertificates(
  db: Database,
  grant: Grant<"node.enrol">,
  { certificates }: ConfirmCertificatesInput,
): Promise<Result<{ confirmed: number }, RefusalOf<"not_found" | "not_now">>> {
  return withGrant(db, grant, async (tx) => {
    // Operations before nodes, as the worker does.
    await tx
      .select({ id: operations.id })
      .from(operations)
      .where(
        and(
          inArray(
            operations.nodeId,
            certificates.map(({ nodeId }) => nodeId),
          ),
          inArray(operations.state, [...liveOperationStates]),
        ),
      )
      .orderBy(operations.id)
      .for("no key update");
    const read = new Map(certificates.map(({ nodeId, fingerprint }) => [nodeId, fingerprint]));
    const found = await tx
      .select({
        id: nodes.id,
        name: nodes.name,
        before: nodes.controllerFingerprint,
        presented: nodes.presentedFingerprint,
      })
      .from(nodes)
      .where(and(inArray(nodes.id, [...read.keys()]), isNotNull(nodes.presentedCertificate)))
      .orderBy(nodes.id)
      .for("no key update");
    const other = found.filter((node) => node.presented !== read.get(node.id));
    if (found.length < read.size || other.length > 0) {
      const names = other.map((node) => node.name).slice(0, 3);
      if (names.length === 0) return refuse({ kind: "not_found", resource: "node" });
      return refuse({
        kind: "not_now",
        reason: `${names.join(", ")}${other.length > 3 ? ` and ${other.length - 3} more` : ""}: the controller shows another certificate than the one you read.`,
        advice: "Compare the fingerprint on this page with the controller's own and confirm again.",
      });
    }
    await tx
      .update(nodes)
      .set({
        controllerFingerprint: sql`${nodes.presentedFingerprint}`,
        controllerCertificate: sql`${nodes.presentedCertificate}`,
        controllerState: "unknown",
        // A controller that was replaced has another UUID as well; whose it is, is asked anew.
        controllerUuid: null,
      })
      .where(inArray(nodes.id, [...read.keys()]));
    await wakeOperations(tx, inArray(operations.nodeId, [...read.keys()]));
    await recordAudits(
      tx,
      grant,
      found.map((node) => ({
        action: "node.confirm_certificate",
        object: { kind: "node", id: node.id, name: node.name },
        detail: { before: node.before, after: node.presented },
      })),
    );
    await announce(tx, ...found.map((node) => `node:${node.id}` as const));
    return ok({ confirmed: found.length });
  });
}
