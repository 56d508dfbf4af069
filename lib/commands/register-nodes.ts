import type { Transaction } from "#db/client";
import { insertOperations, wakeWorkers } from "#db/queries/operations";
import { controllerCredentials, nodes } from "#db/schema/nodes";
import { recordAudits } from "#lib/access/audit";
import type { Grant } from "#lib/access/authorize";
import { credentialPlace, seal } from "#lib/access/sealed";
import { type Id, newId } from "#lib/domain/id";
import { addressFor } from "#lib/domain/node/controller-protocol";
import type { EnrolNodeInput } from "#lib/schemas/node";

/** A value that Postgres is sent for each column: it takes 65,535 of them in one statement. */
const rowsPerInsert = 1_000;

/**
 * Inserts nodes with their sealed credentials and queues their enrolment. A node whose name or
 * controller has been taken is left out; the answer has the id of each that was inserted, by name.
 */
export async function registerNodes(
  tx: Transaction,
  grant: Grant<"node.enrol">,
  wanted: readonly EnrolNodeInput[],
  sealingKey: string,
): Promise<Map<string, Id<"node">>> {
  const registered = new Map<string, Id<"node">>();
  for (let at = 0; at < wanted.length; at += rowsPerInsert) {
    const inserted = await tx
      .insert(nodes)
      .values(
        wanted.slice(at, at + rowsPerInsert).map((input) => ({
          id: newId("node"),
          name: input.name,
          rackId: input.rackId,
          unit: input.unit,
          nodeTypeId: input.nodeTypeId,
          ...controllerOf(input),
          address: input.address,
          addressEntered: input.address !== null,
        })),
      )
      .onConflictDoNothing()
      .returning({ id: nodes.id, name: nodes.name });
    for (const { id, name } of inserted) registered.set(name, id);
  }

  const made = wanted.flatMap((input) => {
    const id = registered.get(input.name);
    return id ? [{ id, input }] : [];
  });
  for (let at = 0; at < made.length; at += rowsPerInsert) {
    const some = made.slice(at, at + rowsPerInsert);
    await tx.insert(controllerCredentials).values(
      some.map(({ id, input: { username, password } }) => ({
        nodeId: id,
        sealed: seal(sealingKey, credentialPlace(id), JSON.stringify({ username, password })),
      })),
    );
    await insertOperations(
      tx,
      some.map(({ id }) => ({
        id: newId("operation"),
        kind: "node.enrol" as const,
        nodeId: id,
        requestedBy: grant.actorId,
        requestedByName: grant.actorName,
      })),
    );
    await recordAudits(
      tx,
      grant,
      some.map(({ id, input }) => {
        const { controllerAddress: controller, controllerProtocol: protocol } = controllerOf(input);
        return {
          action: "node.enrol",
          object: { kind: "node", id, name: input.name },
          detail: { controller, protocol, username: input.username },
        };
      }),
    );
  }
  if (made.length > 0) await wakeWorkers(tx);
  return registered;
}

/** Where and how the controller is spoken to; one that shows no certificate has none to expect. */
function controllerOf({ protocol = "redfish", controllerAddress, ...input }: EnrolNodeInput) {
  return {
    controllerAddress: addressFor(protocol, controllerAddress),
    controllerProtocol: protocol,
    controllerFingerprint: protocol === "ipmi" ? null : input.expectedFingerprint,
  };
}
