import type { Transaction } from "#db/client";
import { findOperationByRequestKey } from "#db/queries/environment-operations";
import type { ProjectGrant } from "#lib/access/authorize";
import type { Id } from "#lib/domain/id";
import type { EnvironmentOperation } from "#lib/domain/operation/operation";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";

/** What a command on an environment has made. */
export type Ordered = { environmentId: Id<"environment">; operationId: Id<"operation"> };

/**
 * What an earlier request with the same key made: the answer to a double click, or to a POST that
 * the network repeated. Undefined when the key is new; refused when it was used for another thing.
 * Call it under the lock that the command's other requests wait for.
 */
export async function replay(
  tx: Transaction,
  grant: ProjectGrant,
  request: {
    requestKey: string;
    kinds: readonly EnvironmentOperation[];
    environmentId?: Id<"environment">;
    /** Of `environment.act`: which action. */
    action?: string;
  },
): Promise<Result<Ordered, RefusalOf<"not_now">> | undefined> {
  const earlier = await findOperationByRequestKey(tx, grant.tenantId, request.requestKey);
  if (!earlier) return undefined;
  const { environmentId } = earlier;
  const same =
    earlier.projectId === grant.projectId &&
    earlier.requestedBy === grant.actorId &&
    (request.kinds as readonly string[]).includes(earlier.kind) &&
    (!request.environmentId || request.environmentId === environmentId) &&
    earlier.input?.action?.name === request.action;
  if (!same || !environmentId) {
    return refuse({
      kind: "not_now",
      reason: "This request was made once already, for something else.",
      advice: "Reload the page and try again.",
    });
  }
  return ok({ environmentId, operationId: earlier.id });
}
