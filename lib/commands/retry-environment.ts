import type { Database, Transaction } from "#db/client";
import { findLastEnvironmentOperation, listChildren } from "#db/queries/environment-operations";
import { type EnvironmentRow, lockEnvironment, moveEnvironment } from "#db/queries/environments";
import { closeAllocations, type HeldNode, lockHeldNodes } from "#db/queries/held-nodes";
import { listGroups } from "#db/queries/launchables";
import { lockQuota } from "#db/queries/quotas";
import { findTemplateNetwork } from "#db/queries/template-versions";
import { recordAudit } from "#lib/access/audit";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import { drawNetwork } from "#lib/commands/draw-network";
import { claimNodes, holdNodes } from "#lib/commands/hold-nodes";
import { type OrderedNode, orderOperation } from "#lib/commands/order-operation";
import { type Ordered, replay } from "#lib/commands/replay";
import { refusable, rollBack } from "#lib/commands/roll-back";
import { applyCommand } from "#lib/domain/environment/command";
import { missingCounts, nodesText } from "#lib/domain/environment/node-groups";
import { nextState, stateOf } from "#lib/domain/environment/state";
import type { Id } from "#lib/domain/id";
import {
  environmentOperationKinds,
  nodeOperationFor,
  type OperationOnNodes,
} from "#lib/domain/operation/operation";
import type { Refusal } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { RetryEnvironmentInput } from "#lib/schemas/environment";

type OperateGrant = Grant<"environment.operate">;

/**
 * Tries again what failed, on the nodes that did not get through. Of a launch, nodes that were
 * lost meanwhile are replaced by free ones first, under the same quota and capacity rules as a
 * launch.
 */
export async function retryEnvironment(
  db: Database,
  grant: OperateGrant,
  input: RetryEnvironmentInput,
): Promise<Result<Ordered, Refusal>> {
  return refusable(() =>
    withGrant(db, grant, async (tx) => {
      await lockQuota(tx, grant.tenantId);
      const environment = await lockEnvironment(tx, grant, input.environmentId);
      if (!environment) return refuse({ kind: "not_found", resource: "environment" });
      const earlier = await replay(tx, grant, {
        requestKey: input.requestKey,
        kinds: environmentOperationKinds,
        environmentId: environment.id,
      });
      if (earlier) return earlier;
      const allowed = applyCommand(environment.state, "retry");
      if (!allowed.ok) return allowed;

      const failed = await findLastEnvironmentOperation(tx, environment.id);
      if (!failed || !isOnNodes(failed.kind)) {
        throw new Error("a failed environment has no operation that could have failed");
      }
      const { kind } = failed;
      const again =
        kind === "environment.launch"
          ? await nodesToLaunch(tx, grant, environment)
          : await nodesThatDidNot(tx, environment, failed.id);

      // With no node left to work on, what was asked for is so already.
      const motion = stateOf(kind);
      const state = again.length > 0 ? motion : (nextState(motion, "succeeded") ?? motion);
      await moveEnvironment(tx, environment, state);
      const operationId = await orderOperation(tx, grant, {
        kind,
        environmentId: environment.id,
        nodes: again,
        requestKey: input.requestKey,
        message: `${grant.actorName} asked to try again: ${nodesText(again.length)}.`,
      });
      await recordAudit(tx, grant, {
        action: "environment.retry",
        object: { kind: "environment", id: environment.id, name: environment.name },
        detail: { operation: kind, nodes: again.map((node) => node.nodeName) },
      });
      return ok({ environmentId: environment.id, operationId });
    }),
  );
}

/** The nodes a launch still has to deploy, after lost ones have been replaced. */
async function nodesToLaunch(
  tx: Transaction,
  grant: OperateGrant,
  environment: EnvironmentRow,
): Promise<OrderedNode[]> {
  const all = await lockHeldNodes(tx, environment.id);
  // An operator has taken these aside: they will not come back to this environment.
  const lost = all.filter(
    (node) => node.lifecycle === "quarantined" || node.lifecycle === "retired",
  );
  await closeAllocations(
    tx,
    lost.map((node) => node.id),
  );
  const held = all.filter((node) => !lost.includes(node));

  const missing = missingCounts(environment.groups, held);
  const version = environment.templateVersionId;
  const groups = (await listGroups(tx, grant.projectId, [version])).get(version) ?? [];
  const network = await findTemplateNetwork(tx, version);
  const claimed = await claimNodes(tx, grant, groups, missing, network);
  // Without a replacement the lost nodes stay counted: what was closed above is opened again.
  if (!claimed.ok) return rollBack(claimed.refusal);
  const added = await holdNodes(
    tx,
    grant,
    environment,
    claimed.value,
    held.map((node) => node.hostname),
  );
  const drawn = await drawNetwork(tx, grant, environment.id, network, added);
  if (!drawn.ok) return rollBack(drawn.refusal);
  return [...held.filter((node) => node.lifecycle !== "active"), ...added];
}

/** The held nodes whose part of the operation did not succeed. */
async function nodesThatDidNot(
  tx: Transaction,
  environment: EnvironmentRow,
  operationId: Id<"operation">,
): Promise<HeldNode[]> {
  const children = await listChildren(tx, operationId);
  const held = await lockHeldNodes(tx, environment.id);
  return held.filter((node) =>
    children.some((child) => child.nodeId === node.nodeId && child.state !== "succeeded"),
  );
}

function isOnNodes(kind: string): kind is OperationOnNodes {
  return Object.hasOwn(nodeOperationFor, kind);
}
