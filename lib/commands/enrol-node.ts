import { and, eq, ne } from "drizzle-orm";
import type { Database } from "#db/client";
import { insertOperation, wakeWorkers } from "#db/queries/operations";
import { controllerCredentials, nodes, nodeTypes } from "#db/schema/nodes";
import { racks } from "#db/schema/sites";
import { recordAudit } from "#lib/access/audit";
import type { Grant } from "#lib/access/authorize";
import { credentialPlace, seal } from "#lib/access/sealed";
import { withGrant } from "#lib/access/with-grant";
import { type Id, newId } from "#lib/domain/id";
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
  const protocol = input.protocol ?? "redfish";
  const controllerAddress = addressFor(protocol, input.controllerAddress);
  return withGrant(db, grant, async (tx) => {
    const [rack] = await tx.select({ id: racks.id }).from(racks).where(eq(racks.id, input.rackId));
    if (!rack) return refuse({ kind: "not_found", resource: "rack" });
    const [type] = await tx
      .select({ id: nodeTypes.id })
      .from(nodeTypes)
      .where(eq(nodeTypes.id, input.nodeTypeId));
    if (!type) return refuse({ kind: "not_found", resource: "node type" });

    const id = newId("node");
    const inserted = await tx
      .insert(nodes)
      .values({
        id,
        name: input.name,
        rackId: input.rackId,
        unit: input.unit,
        nodeTypeId: input.nodeTypeId,
        controllerAddress,
        controllerProtocol: protocol,
        controllerFingerprint: protocol === "ipmi" ? null : input.expectedFingerprint,
        address: input.address,
        addressEntered: input.address !== null,
      })
      .onConflictDoNothing()
      .returning({ id: nodes.id });
    if (inserted.length === 0) {
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
    await tx.insert(controllerCredentials).values({
      nodeId: id,
      sealed: seal(
        sealingKey,
        credentialPlace(id),
        JSON.stringify({ username: input.username, password: input.password }),
      ),
    });
    await insertOperation(tx, {
      kind: "node.enrol",
      nodeId: id,
      requestedBy: grant.actorId,
      requestedByName: grant.actorName,
    });
    await recordAudit(tx, grant, {
      action: "node.enrol",
      object: { kind: "node", id, name: input.name },
      detail: { controller: controllerAddress, protocol, username: input.username },
    });
    await wakeWorkers(tx);
    return ok({ nodeId: id });
  });
}
