import type { Database } from "#db/client";
import { findActing, labelOf } from "#db/queries/actions";
import { lockEnvironment, moveEnvironment } from "#db/queries/environments";
import { listHeldNodes } from "#db/queries/held-nodes";
import { recordAudit } from "#lib/access/audit";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import { orderOperation } from "#lib/commands/order-operation";
import { type Ordered, replay } from "#lib/commands/replay";
import { refusable } from "#lib/commands/roll-back";
import { applyCommand } from "#lib/domain/environment/command";
import { nodesText } from "#lib/domain/environment/node-groups";
import type { OperationOnNodes } from "#lib/domain/operation/operation";
import type { Refusal } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import { whileActing } from "#lib/domain/template/actions";
import type { OperateCommand, OperateEnvironmentInput } from "#lib/schemas/environment";

const operationOf = {
  stop: "environment.stop",
  start: "environment.start",
  restart: "environment.restart",
  reinstall: "environment.reinstall",
} as const satisfies Record<OperateCommand, OperationOnNodes>;

const pastTense = {
  stop: "stopped",
  start: "started",
  restart: "restarted",
  reinstall: "reinstalled",
} as const satisfies Record<OperateCommand, string>;

/**
 * Stops, starts, restarts or reinstalls every node of an environment, as its state allows. The
 * nodes stay held, and so does their quota.
 */
export async function operateEnvironment(
  db: Database,
  grant: Grant<"environment.operate">,
  input: OperateEnvironmentInput,
): Promise<Result<Ordered, Refusal>> {
  const kind = operationOf[input.command];
  return refusable(() =>
    withGrant(db, grant, async (tx) => {
      const environment = await lockEnvironment(tx, grant, input.environmentId);
      if (!environment) return refuse({ kind: "not_found", resource: "environment" });
      const earlier = await replay(tx, grant, {
        requestKey: input.requestKey,
        kinds: [kind],
        environmentId: environment.id,
      });
      if (earlier) return earlier;
      const acting = await findActing(tx, environment.id);
      if (acting) return refuse({ kind: "not_now", ...whileActing(labelOf(acting)) });
      const next = applyCommand(environment.state, input.command);
      if (!next.ok) return next;
      const nodes = await listHeldNodes(tx, environment.id);
      if (nodes.length === 0) {
        return refuse({
          kind: "not_now",
          reason: "The environment holds no node any more.",
          advice: "Release it and launch a new one.",
        });
      }

      await moveEnvironment(tx, environment, next.value);
      const operationId = await orderOperation(tx, grant, {
        kind,
        environmentId: environment.id,
        nodes,
        requestKey: input.requestKey,
        message: `${grant.actorName} ${pastTense[input.command]} the environment: ${nodesText(nodes.length)}.`,
      });
      await recordAudit(tx, grant, {
        action: kind,
        object: { kind: "environment", id: environment.id, name: environment.name },
        detail: { from: environment.state, to: next.value, nodes: nodes.map((n) => n.nodeName) },
      });
      return ok({ environmentId: environment.id, operationId });
    }),
  );
}
