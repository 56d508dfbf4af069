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
 * Lets go of a person's own hold: its nodes are anybody's, and its quota is free. One that is over
 * already is so, whatever was asked. Refused where the hold is somebody else's.
 */
export async function letGoHold(
  db: Database,
  grant: Grant<"environment.launch">,
  input: EndHoldInput,
): Promise<Result<void, RefusalOf<"not_found">>> {
  return withGrant(db, grant, async (tx) => {
    await lockQuota(tx, grant.tenantId);
    const hold = await findHold(tx, input.holdId);
    if (hold?.projectId !== grant.projectId || hold.heldBy !== grant.actorId) {
      return refuse({ kind: "not_found", resource: "hold" });
    }
    if (!(await goesOn(tx, hold.id))) return ok(undefined);
    const held = await listHoldNodes(tx, hold.id);
    await endHold(tx, hold.id, "let_go");
    await recordAudit(tx, grant, {
      action: "nodes.let_go",
      object: { kind: "hold", id: hold.id, name: nodesText(held.length) },
      detail: { nodes: held.flatMap((node) => node.nodeName ?? []) },
    });
    return ok(undefined);
  });
}
