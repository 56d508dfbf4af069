import type { Database } from "#db/client";
import { supersedeOperations } from "#db/queries/environment-operations";
import { lockEnvironment, moveEnvironment } from "#db/queries/environments";
import { closeAllocations, lockHeldNodes } from "#db/queries/held-nodes";
import { moveNode } from "#db/queries/nodes";
import { recordAudit } from "#lib/access/audit";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import { orderOperation } from "#lib/commands/order-operation";
import { type Ordered, replay } from "#lib/commands/replay";
import { refusable } from "#lib/commands/roll-back";
import { applyCommand } from "#lib/domain/environment/command";
import { nodesText } from "#lib/domain/environment/node-groups";
import { mayMove } from "#lib/domain/node/lifecycle";
import type { Refusal } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { ReleaseEnvironmentInput } from "#lib/schemas/environment";

/**
 * Gives an environment's nodes back, from whatever state it is in. What is under way is
 * superseded, the quota is free from this commit on, and every node goes to be reclaimed and
 * wiped. Refuses when the name typed is not the environment's.
 */
export async function releaseEnvironment(
  db: Database,
  grant: Grant<"environment.release">,
  input: ReleaseEnvironmentInput,
): Promise<Result<Ordered, Refusal>> {
  return refusable(() =>
    withGrant(db, grant, async (tx) => {
      const environment = await lockEnvironment(tx, grant, input.environmentId);
      if (!environment) return refuse({ kind: "not_found", resource: "environment" });
      const earlier = await replay(tx, grant, {
        requestKey: input.requestKey,
        kinds: ["environment.release"],
        environmentId: environment.id,
      });
      if (earlier) return earlier;
      const next = applyCommand(environment.state, "release");
      if (!next.ok) return next;
      if (input.confirmName !== environment.name) {
        const message = `Type ${environment.name} to confirm that this is the one to release.`;
        return refuse({ kind: "invalid_input", fields: { confirmName: message } });
      }

      const busyUntil = await supersedeOperations(
        tx,
        environment.id,
        "The environment was released.",
      );
      const held = await lockHeldNodes(tx, environment.id);
      // A node that an operator has taken aside stays aside: it is wiped before anyone gets it.
      const reclaimed = held.filter((node) => mayMove(node.lifecycle, "releasing"));
      // First the nodes, then the allocations: holding a node is what lets a tenant change it.
      for (const node of reclaimed) {
        await moveNode(tx, node.nodeId, [node.lifecycle], "releasing");
      }
      await closeAllocations(
        tx,
        held.map((node) => node.id),
      );
      await moveEnvironment(tx, environment, reclaimed.length > 0 ? next.value : "released");
      const operationId = await orderOperation(tx, grant, {
        kind: "environment.release",
        environmentId: environment.id,
        // A worker may still be in a call to the controller; it cannot be once its lease is over.
        nodes: reclaimed.map((node) => ({ ...node, notBefore: busyUntil.get(node.nodeId) })),
        requestKey: input.requestKey,
        message: `${grant.actorName} released the environment: ${nodesText(held.length)} given back.`,
      });
      await recordAudit(tx, grant, {
        action: "environment.release",
        object: { kind: "environment", id: environment.id, name: environment.name },
        detail: {
          from: environment.state,
          nodes: held.map((node) => node.nodeName),
          gpusFreed: held.reduce((sum, node) => sum + node.gpus, 0),
          operationsSuperseded: busyUntil.size,
        },
      });
      return ok({ environmentId: environment.id, operationId });
    }),
  );
}
