import { and, eq, ne } from "drizzle-orm";
import type { Database } from "#db/client";
import { nodes, nodeTypes } from "#db/schema/nodes";
import { racks } from "#db/schema/sites";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import { registerNodes } from "#lib/commands/register-nodes";
import type { Id } from "#lib/domain/id";
import { addressFor } from "#lib/domain/node/controller-protocol";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { EnrolNodeInput } from "#lib/schemas/node";

/**
 * Registers a node and queues its enrolment. The credential is sealed for the worker at once; the
 * controller is first spoken to by the worker, and sees the credential only after its certificate
 * has been confirmed.
 */
export async function enrolNode(
  db: Database,
  grant: Grant<"node.enrol">,
  input: EnrolNodeInput,
  sealingKey: string,
): Promise<Result<{ nodeId: Id<"node"> }, RefusalOf<"not_found" | "name_taken">>> {
  const controllerAddress = addressFor(input.protocol ?? "redfish", input.controllerAddress);
  return withGrant(db, grant, async (tx) => {
    const [rack] = await tx.select({ id: racks.id }).from(racks).where(eq(racks.id, input.rackId));
    if (!rack) return refuse({ kind: "not_found", resource: "rack" });
    const [type] = await tx
      .select({ id: nodeTypes.id })
      .from(nodeTypes)
      .where(eq(nodeTypes.id, input.nodeTypeId));
    if (!type) return refuse({ kind: "not_found", resource: "node type" });

    const registered = await registerNodes(tx, grant, [input], sealingKey);
    const nodeId = registered.get(input.name);
    if (!nodeId) {
      const [other] = await tx
        .select({ name: nodes.name })
        .from(nodes)
        .where(and(eq(nodes.controllerAddress, controllerAddress), ne(nodes.lifecycle, "retired")));
      return refuse({
        kind: "name_taken",
        resource: "node",
        name: other ? `${other.name} (at ${controllerAddress})` : input.name,
      });
    }
    return ok({ nodeId });
  });
}
