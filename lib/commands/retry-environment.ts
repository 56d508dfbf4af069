import type { Database, Transaction } from "#db/client";
import { findLastEnvironmentOperation, listChildren } from "#db/queries/environment-operations";
import { type EnvironmentRow, lockEnvironment, moveEnvironment } from "#db/queries/environments";
import { closeAllocations, type HeldNode, lockHeldNodes } from "#db/queries/held-nodes";
import { listHooksAt } from "#db/queries/hook-runs";
import { lockQuota } from "#db/queries/quotas";
import { recordAudit } from "#lib/access/audit";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import { type OrderedNode, orderOperation } from "#lib/commands/order-operation";
import { type Ordered, replay } from "#lib/commands/replay";
import { refusable } from "#lib/commands/roll-back";
import { takeMissing } from "#lib/commands/take-missing";
import { applyCommand } from "#lib/domain/environment/command";
import { nodesText } from "#lib/domain/environment/node-groups";
import { nextState, stateOf } from "#lib/domain/environment/state";
import { waitsForNodes } from "#lib/domain/environment/words";
import { isAskedFirst, openingPoints, type TemplateHook } from "#lib/domain/hook/hook";
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
 * launch. One that holds no node any more asks again what is asked before nodes are taken.
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
      const { again, asksFirst } =
        kind === "environment.launch"
          ? await nodesToLaunch(tx, grant, environment)
          : { again: await nodesThatDidNot(tx, environment, failed.id), asksFirst: [] };

      // With no node left to work on, what was asked for is so already.
      const motion = stateOf(kind);
      const isOver = again.length === 0 && asksFirst.length === 0;
      const state = isOver ? (nextState(motion, "succeeded") ?? motion) : motion;
      await moveEnvironment(tx, environment, state, asksFirst.length > 0 ? waitsForNodes : null);
      const operationId = await orderOperation(tx, grant, {
        kind,
        environmentId: environment.id,
        nodes: again,
        asksFirst,
        requestKey: input.requestKey,
        message: `${grant.actorName} asked to try again${asksFirst.length > 0 ? "" : `: ${nodesText(again.length)}`}.`,
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
): Promise<{ again: OrderedNode[]; asksFirst: TemplateHook[] }> {
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

  if (held.length === 0) {
    const hooks = await listHooksAt(tx, environment.id, openingPoints("environment.launch"));
    if (isAskedFirst(hooks, environment.inputs)) return { again: [], asksFirst: hooks };
  }
  // Without a replacement the lost nodes stay counted: what was closed above is opened again.
  const { nodes: added } = await takeMissing(tx, grant, environment, held);
  const again = [...held.filter((node) => node.lifecycle !== "active"), ...added];
  return { again, asksFirst: [] };
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
