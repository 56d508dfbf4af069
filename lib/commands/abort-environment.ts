import type { Database, Transaction } from "#db/client";
import { endActing, findActing, labelOf } from "#db/queries/actions";
import {
  findLastEnvironmentOperation,
  lockOpening,
  requestAbort,
} from "#db/queries/environment-operations";
import { type EnvironmentRow, lockEnvironment } from "#db/queries/environments";
import { announce, logLine, type OperationRow, wakeWorkers } from "#db/queries/operations";
import { endWhole } from "#db/queries/settlement";
import { recordAudit } from "#lib/access/audit";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import { applyCommand } from "#lib/domain/environment/command";
import type { Id } from "#lib/domain/id";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { AbortEnvironmentInput } from "#lib/schemas/environment";

/**
 * Asks the workers to take back what they are doing to an environment's nodes. The state stays
 * until they have: then the environment has failed, with these words, and can be tried again or
 * released. To ask twice is to ask once.
 *
 * A launch that waits for hooks before it takes any node ends at once.
 *
 * An action that is under way ends at once, and the environment stays ready: what its hooks have done
 * is not taken back.
 */
export async function abortEnvironment(
  db: Database,
  grant: Grant<"environment.operate">,
  input: AbortEnvironmentInput,
): Promise<
  Result<{ environmentId: Id<"environment"> }, RefusalOf<"not_found" | "wrong_state" | "not_now">>
> {
  return withGrant(db, grant, async (tx) => {
    const environment = await lockEnvironment(tx, grant, input.environmentId);
    if (!environment) return refuse({ kind: "not_found", resource: "environment" });
    const acting = await findActing(tx, environment.id);
    if (acting?.state === "running") return abortAction(tx, grant, environment, acting);
    const next = applyCommand(environment.state, "abort");
    if (!next.ok) return next;
    const { live, asked } = await requestAbort(tx, environment.id);
    if (live === 0 && (await endWithoutNodes(tx, grant, environment))) {
      return ok({ environmentId: environment.id });
    }
    if (live === 0) {
      return refuse({
        kind: "not_now",
        reason: "Every node has finished its part already: there is nothing left to abort.",
        advice: "Wait a moment for the environment to settle, then stop or release it.",
      });
    }
    if (asked > 0) {
      const operation = await findLastEnvironmentOperation(tx, environment.id);
      if (operation)
        await logLine(tx, operation, { message: `${grant.actorName} asked to abort.` });
      await recordAudit(tx, grant, {
        action: "environment.abort",
        object: { kind: "environment", id: environment.id, name: environment.name },
        detail: { state: environment.state, operations: asked },
      });
      await announce(tx, `environment:${environment.id}`);
      await wakeWorkers(tx);
    }
    return ok({ environmentId: environment.id });
  });
}

/** A launch that has no node yet waits for its hooks alone: there is nothing to take back, and it ends. */
async function endWithoutNodes(
  tx: Transaction,
  grant: Grant<"environment.operate">,
  { id, name, state }: EnvironmentRow,
): Promise<boolean> {
  const whole = await lockOpening(tx, id);
  if (!whole) return false;
  await logLine(tx, whole, { message: `${grant.actorName} asked to abort.` });
  await endWhole(tx, whole, {
    state: "aborted",
    reason: "It was aborted before any node was taken.",
  });
  await recordAudit(tx, grant, {
    action: "environment.abort",
    object: { kind: "environment", id, name },
    detail: { state, operations: 1 },
  });
  await wakeWorkers(tx);
  return true;
}

async function abortAction(
  tx: Transaction,
  grant: Grant<"environment.operate">,
  { id, name, state }: EnvironmentRow,
  acting: OperationRow,
) {
  await endActing(tx, acting, { state: "aborted", reason: `Aborted by ${grant.actorName}.` });
  await recordAudit(tx, grant, {
    action: "environment.abort",
    object: { kind: "environment", id, name },
    detail: { state, action: acting.input?.action?.name ?? labelOf(acting) },
  });
  await wakeWorkers(tx);
  return ok({ environmentId: id });
}
