import { eq } from "drizzle-orm";
import type { Database } from "#db/client";
import { findActing, labelOf } from "#db/queries/actions";
import { lockEnvironment, moveEnvironment } from "#db/queries/environments";
import { listHeldNodes } from "#db/queries/held-nodes";
import { findUpgraded, findUpgradeTo, listNewerVersions } from "#db/queries/upgrades";
import { environments } from "#db/schema/environments";
import { recordAudit } from "#lib/access/audit";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import { orderOperation } from "#lib/commands/order-operation";
import { type Ordered, replay } from "#lib/commands/replay";
import { refusable } from "#lib/commands/roll-back";
import { sealSecrets } from "#lib/commands/seal-secrets";
import { applyCommand } from "#lib/domain/environment/command";
import { nodesText } from "#lib/domain/environment/node-groups";
import { upgradedInputs, upgradeObstacles } from "#lib/domain/environment/upgrade";
import type { Refusal } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import { whileActing } from "#lib/domain/template/actions";
import type { UpgradeEnvironmentInput } from "#lib/schemas/environment";

/**
 * Moves an environment to a newer version of its template that its project is offered, and reinstalls its
 * nodes with it, as its state allows a reinstall: version, values, order and audit event commit together
 * or not at all. Its nodes, its quota and its addresses stay. Values of its launch stay where the version
 * takes them; what it asks besides is entered, and secrets are sealed for the worker with `sealingKey`.
 *
 * Refuses a version for which nodes or their network would have to change, values that it does not take,
 * and without the environment's name.
 */
export async function upgradeEnvironment(
  db: Database,
  grant: Grant<"environment.operate">,
  input: UpgradeEnvironmentInput,
  sealingKey = "",
): Promise<Result<Ordered, Refusal>> {
  return refusable(() =>
    withGrant(db, grant, async (tx) => {
      const environment = await lockEnvironment(tx, grant, input.environmentId);
      if (!environment) return refuse({ kind: "not_found", resource: "environment" });
      const { id: environmentId, name } = environment;
      const { requestKey } = input;
      const kind = "environment.reinstall" as const;
      const earlier = await replay(tx, grant, { requestKey, kinds: [kind], environmentId });
      if (earlier) return earlier;
      const acting = await findActing(tx, environmentId);
      if (acting) return refuse({ kind: "not_now", ...whileActing(labelOf(acting)) });
      const next = applyCommand(environment.state, "reinstall");
      if (!next.ok) return next;
      const { own, newer } = await listNewerVersions(tx, environment);
      const version = newer.find((each) => each.id === input.templateVersionId);
      if (!own || !version) return refuse({ kind: "not_found", resource: "template" });
      const have = await findUpgraded(tx, environment, own);
      const to = await findUpgradeTo(tx, grant, environment, own, version);
      const obstacles = upgradeObstacles(have, to);
      if (obstacles.length > 0) {
        return refuse({
          kind: "not_now",
          reason: `Version ${version.version} cannot be had where it is. ${obstacles.join(" ")}`,
          advice: "Launch one of it beside this one, and release this one when you have moved.",
        });
      }
      const entered = upgradedInputs(have, to, input.inputs ?? {});
      if (!entered.ok) return entered;
      if (input.confirmName !== name) {
        const message = `Type ${name} to confirm that this is the one to upgrade.`;
        return refuse({ kind: "invalid_input", fields: { confirmName: message } });
      }
      const nodes = await listHeldNodes(tx, environmentId);
      if (nodes.length === 0) {
        return refuse({
          kind: "not_now",
          reason: "The environment holds no node any more.",
          advice: "Release it and launch a new one.",
        });
      }

      await tx
        .update(environments)
        .set({ templateVersionId: version.id, inputs: entered.value.values })
        .where(eq(environments.id, environmentId));
      await sealSecrets(tx, grant, environmentId, entered.value.secrets, sealingKey);
      await moveEnvironment(tx, environment, next.value);
      const operationId = await orderOperation(tx, grant, {
        ...{ kind, environmentId, nodes, requestKey },
        message: `${grant.actorName} upgraded the environment from version ${own.version} to ${version.version}: ${nodesText(nodes.length)} reinstalled.`,
      });
      await recordAudit(tx, grant, {
        action: "environment.upgrade",
        object: { kind: "environment", id: environmentId, name },
        detail: {
          ...{ from: own.version, to: version.version, nodes: nodes.map((n) => n.nodeName) },
          ...(version.inputs.length > 0 ? { inputs: entered.value.values } : {}),
        },
      });
      return ok({ environmentId, operationId });
    }),
  );
}
