import type { Database } from "#db/client";
import { endHold, findHold, goesOn, listHoldNodes } from "#db/queries/holds";
import { lockQuota } from "#db/queries/quotas";
import { recordAudit } from "#lib/access/audit";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import { nodesText } from "#lib/domain/environment/node-groups";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { EndHoldInput } from "#lib/schemas/hold";

/**
 * Ends a hold for an operator who needs its nodes. It stands in the tenant's audit log too, and on the
 * form of who had it. Refused when it is over already.
 */
export async function takeBackHold(
  db: Database,
  grant: Grant<"node.operate">,
  input: EndHoldInput,
): Promise<Result<void, RefusalOf<"not_found" | "not_now">>> {
  return withGrant(db, grant, async (tx) => {
    const found = await findHold(tx, input.holdId);
    if (!found) return refuse({ kind: "not_found", resource: "hold" });
    await lockQuota(tx, found.tenantId);
    if (!(await goesOn(tx, found.id))) {
      return refuse({
        kind: "not_now",
        reason: "This hold is over already.",
        advice: "Reload the page to see who has its nodes now.",
      });
    }
    const held = await listHoldNodes(tx, found.id);
    await endHold(tx, found.id, "taken_back");
    await recordAudit(tx, grant, {
      action: "nodes.take_back_hold",
      object: { kind: "hold", id: found.id, name: nodesText(held.length) },
      tenantId: found.tenantId,
      projectId: found.projectId,
      detail: { heldBy: found.heldByName, nodes: held.flatMap((node) => node.nodeName ?? []) },
    });
    return ok(undefined);
  });
}
