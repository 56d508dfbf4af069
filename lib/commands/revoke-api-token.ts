import type { Database } from "#db/client";
import { revokeToken } from "#db/queries/api-tokens";
import { recordAudit, recordOwnAct } from "#lib/access/audit";
import type { Actor, Grant } from "#lib/access/authorize";
import { withGrant, withUser } from "#lib/access/with-grant";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { RevokeTokenInput } from "#lib/schemas/api-token";

const unknown = { kind: "not_found", resource: "API token" } as const;

/** Ends a token of one of the project's service accounts: its next request is refused. */
export async function revokeServiceToken(
  db: Database,
  grant: Grant<"project.automation">,
  { tokenId }: RevokeTokenInput,
): Promise<Result<void, RefusalOf<"not_found">>> {
  return withGrant(db, grant, async (tx) => {
    const ended = await revokeToken(tx, { projectId: grant.projectId }, tokenId);
    if (!ended) return refuse(unknown);
    await recordAudit(tx, grant, {
      action: "api_token.revoke",
      object: { kind: "api_token", id: tokenId, name: ended.name },
      detail: { key: ended.key },
    });
    return ok(undefined);
  });
}

/** Ends a token of the person's own: its next request is refused. */
export async function revokeOwnToken(
  db: Database,
  actor: Actor,
  { tokenId }: RevokeTokenInput,
): Promise<Result<void, RefusalOf<"not_found">>> {
  return withUser(db, actor.userId, async (tx) => {
    const ended = await revokeToken(tx, { userId: actor.userId }, tokenId);
    if (!ended) return refuse(unknown);
    await recordOwnAct(tx, actor, {
      action: "api_token.revoke",
      object: { kind: "api_token", id: tokenId, name: ended.name },
      detail: { key: ended.key },
    });
    return ok(undefined);
  });
}
