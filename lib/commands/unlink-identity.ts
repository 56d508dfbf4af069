import { and, eq } from "drizzle-orm";
import type { Database } from "#db/client";
import { listIdentities, listIdentityProviders } from "#db/queries/identity";
import { notifyOfAccount } from "#db/queries/notify-of-account";
import { lockUser } from "#db/queries/users";
import { userIdentities } from "#db/schema/identity";
import { recordOwnAct } from "#lib/access/audit";
import type { Actor } from "#lib/access/authorize";
import { onlyWayIn, waysIn } from "#lib/access/ways-in";
import { withUser } from "#lib/access/with-grant";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";

/** Unlinks a provider from one's own account, unless it is the only way in. */
export async function unlinkIdentity(
  db: Database,
  actor: Actor,
  { issuer }: { issuer: string },
): Promise<Result<void, RefusalOf<"not_found" | "not_now">>> {
  return withUser(db, actor.userId, async (tx) => {
    // Two at once would each leave the other.
    await lockUser(tx, actor.userId);
    const linked = await listIdentities(tx, actor.userId);
    const identity = linked.find((each) => each.issuer === issuer);
    if (!identity) return refuse({ kind: "not_found", resource: "linked sign-in" });
    const ways = await waysIn(tx, actor);
    if (ways.password === false && ways.issuers.every((each) => each === issuer)) {
      return refuse({ kind: "not_now", ...onlyWayIn });
    }
    await tx
      .delete(userIdentities)
      .where(and(eq(userIdentities.issuer, issuer), eq(userIdentities.userId, actor.userId)));
    await recordOwnAct(tx, actor, {
      action: "identity.unlink",
      detail: { issuer, subject: identity.subject },
    });
    const providers = await listIdentityProviders(tx);
    const name = providers.find((each) => each.issuer === issuer)?.label ?? issuer;
    await notifyOfAccount(tx, actor.userId, { what: "provider_unlinked", name, by: null });
    return ok(undefined);
  });
}
