import { eq } from "drizzle-orm";
import type { Database, Transaction } from "#db/client";
import { findActing, labelOf, settleActing } from "#db/queries/actions";
import { lockEnvironment } from "#db/queries/environments";
import { startRuns } from "#db/queries/hook-runs";
import { offerInputs } from "#db/queries/input-offer";
import { announce, insertOperation, logLine, wakeWorkers } from "#db/queries/operations";
import { templateVersions } from "#db/schema/catalogue";
import { recordAudit, recordEvents } from "#lib/access/audit";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import { type Ordered, replay } from "#lib/commands/replay";
import { refusable } from "#lib/commands/roll-back";
import type { Id } from "#lib/domain/id";
import type { PressedAction } from "#lib/domain/operation/operation";
import type { Refusal } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import { actionStandsStill, mayPress } from "#lib/domain/template/actions";
import { checkInputs } from "#lib/domain/template/input-values";
import type { RunActionInput } from "#lib/schemas/environment";

/**
 * Presses an action that the environment's template version declares: writes one operation and the runs
 * of its hooks, which workers carry out one after the other. The environment's state stays as it is.
 *
 * Refuses an action that is not declared, a role less than the action asks for, an environment that is
 * not ready or has another action under way, and inputs that break the action's rules.
 */
export async function runAction(
  db: Database,
  grant: Grant<"environment.act">,
  input: RunActionInput,
): Promise<Result<Ordered, Refusal>> {
  return refusable(() =>
    withGrant(db, grant, async (tx) => {
      const environment = await lockEnvironment(tx, grant, input.environmentId);
      if (!environment) return refuse({ kind: "not_found", resource: "environment" });
      const earlier = await replay(tx, grant, {
        requestKey: input.requestKey,
        kinds: ["environment.act"],
        environmentId: environment.id,
        action: input.action,
      });
      if (earlier) return earlier;
      const [version] = await tx
        .select({ actions: templateVersions.actions, hooks: templateVersions.hooks })
        .from(templateVersions)
        .where(eq(templateVersions.id, environment.templateVersionId));
      const action = version?.actions.find((each) => each.name === input.action);
      if (!version || !action) return refuse({ kind: "not_found", resource: "action" });
      if (!mayPress(grant.role, action)) {
        const { tenantId, projectId } = grant;
        const { id, name } = environment;
        const object = { kind: "environment", id, name };
        const detail = { action: action.name, needs: action.role };
        const act = { action: "environment.act", object, detail, tenantId, projectId };
        await recordEvents(tx, grant, [act], "denied");
        return refuse({ kind: "forbidden", permission: grant.permission, needs: action.role });
      }
      const acting = await findActing(tx, environment.id);
      const still = actionStandsStill(environment.state, acting ? labelOf(acting) : null);
      if (still) return refuse({ kind: "not_now", ...still });
      const asked = await offerInputs(tx, grant, {
        inputs: action.inputs,
        versionId: environment.templateVersionId,
        counts: environment.groups,
      });
      const checked = checkInputs(asked, input.inputs ?? {});
      if (!checked.ok) return checked;

      const { name, label } = action;
      const operationId = await orderAction(tx, grant, {
        environmentId: environment.id,
        requestKey: input.requestKey,
        action: { name, label, inputs: checked.value.values },
      });
      await startRuns(tx, {
        environmentId: environment.id,
        operationId,
        hooks: action.hooks.flatMap(
          (hook) => version.hooks.find((each) => each.name === hook) ?? [],
        ),
        isGate: true,
        action: { name, label, definitions: action.inputs, inputs: checked.value.values },
      });
      // All of them may be skipped already.
      await settleActing(tx, operationId);
      await recordAudit(tx, grant, {
        action: "environment.act",
        object: { kind: "environment", id: environment.id, name: environment.name },
        detail: { action: name, inputs: checked.value.values },
      });
      return ok({ environmentId: environment.id, operationId });
    }),
  );
}

async function orderAction(
  tx: Transaction,
  grant: Grant<"environment.act">,
  order: { environmentId: Id<"environment">; requestKey: string; action: PressedAction },
): Promise<Id<"operation">> {
  const { tenantId, projectId } = grant;
  const { environmentId, requestKey, action } = order;
  const id = await insertOperation(tx, {
    ...{ tenantId, projectId, environmentId, requestKey },
    kind: "environment.act",
    requestedBy: grant.actorId,
    requestedByName: grant.actorName,
    input: { action },
  });
  await logLine(
    tx,
    { id, tenantId, environmentId, nodeId: null, step: null },
    { message: `${grant.actorName} pressed "${action.label}".` },
  );
  await announce(tx, `environment:${environmentId}`);
  await wakeWorkers(tx);
  return id;
}
