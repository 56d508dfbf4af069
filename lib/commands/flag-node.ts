import type { Database } from "#db/client";
import { findNode, noteNode } from "#db/queries/nodes";
import { announce } from "#db/queries/operations";
import { recordAudit } from "#lib/access/audit";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { FlagNodeInput } from "#lib/schemas/node";

/** Sets or clears a flag that keeps a node from being allocated. Running environments are untouched. */
export async function flagNode(
  db: Database,
  grant: Grant<"node.operate">,
  input: FlagNodeInput,
): Promise<Result<void, RefusalOf<"not_found" | "invalid_input">>> {
  if (input.on && input.reason.length < 3) {
    return refuse({ kind: "invalid_input", fields: { reason: "Say why, in a few words." } });
  }
  return withGrant(db, grant, async (tx) => {
    const node = await findNode(tx, input.nodeId);
    if (!node) return refuse({ kind: "not_found", resource: "node" });
    const flags = {
      maintenance: node.maintenance,
      cordoned: node.cordoned,
      [input.flag]: input.on,
    };
    const flagged = flags.maintenance || flags.cordoned;
    const flagReason = flagged ? input.reason || node.flagReason : null;
    await noteNode(tx, node.id, { ...flags, flagReason });
    await recordAudit(tx, grant, {
      action: `node.${input.on ? "set" : "clear"}_${input.flag}`,
      object: { kind: "node", id: node.id, name: node.name },
      detail: {
        ...(input.reason && { reason: input.reason }),
        before: { on: node[input.flag], reason: node.flagReason },
        after: { on: input.on, reason: flagReason },
      },
    });
    await announce(tx, `node:${node.id}`);
    return ok(undefined);
  });
}
