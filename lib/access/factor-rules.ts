import { and, eq, gt, isNull, or, sql } from "drizzle-orm";
import type { Transaction } from "#db/client";
import { readFactorRule } from "#db/queries/identity";
import { listPasskeys, type PasskeyRow } from "#db/queries/passkeys";
import {
  countSecondFactors,
  deleteRecoveryCodes,
  endPendingSignIns,
  findTotp,
  findVouchingProvider,
} from "#db/queries/second-factors";
import { tenantMembers, tenants } from "#db/schema/tenants";
import type { Actor } from "#lib/access/authorize";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";

/**
 * Whether a person may do without this one of their second factors: the last one is kept where
 * somebody asks for it and no identity provider of theirs stands in, and so is one beside which there
 * are only passkeys that are trusted no more. Their account must be locked.
 * @param going A passkey, or null for the app.
 */
export async function mayLoseFactor(
  tx: Transaction,
  actor: Actor,
  going: Pick<PasskeyRow, "id" | "distrustedAt"> | null,
): Promise<Result<void, RefusalOf<"not_now">>> {
  const left = (await listPasskeys(tx, actor.userId)).filter(({ id }) => id !== going?.id);
  const keepsApp = going !== null && (await findTotp(tx, actor.userId))?.confirmedAt != null;
  if (keepsApp || left.some((each) => !each.distrustedAt)) return ok(undefined);
  if (left.length > 0) {
    if (going?.distrustedAt) return ok(undefined);
    return refuse({
      kind: "not_now",
      reason: "What would be left is a passkey that counted backwards, and opens nothing.",
      advice: "Remove that one first, or add another.",
    });
  }
  const asking = await whoAsksForFactor(tx, actor);
  if (asking.length === 0 || (await findVouchingProvider(tx, actor.userId))) return ok(undefined);
  return refuse({
    kind: "not_now",
    reason: `This is your only second factor, and ${asking.join(", ")} ${asking.length === 1 ? "asks" : "ask"} for one.`,
    advice: "Add another first, or put a new one in its place.",
  });
}

/** What goes with the last factor: its recovery codes, and sign-ins that wait for it. */
export async function afterLosingFactor(tx: Transaction, { userId }: Actor): Promise<void> {
  if ((await countSecondFactors(tx, userId)) > 0) return;
  await deleteRecoveryCodes(tx, userId);
  await endPendingSignIns(tx, userId);
}

/** Who asks a person for a second factor, by name: tenants of theirs, and the fleet. */
async function whoAsksForFactor(tx: Transaction, actor: Actor): Promise<string[]> {
  const rows = await tx
    .select({ name: tenants.name })
    .from(tenantMembers)
    .innerJoin(tenants, eq(tenants.id, tenantMembers.tenantId))
    .where(
      and(
        eq(tenantMembers.userId, actor.userId),
        tenants.membersNeedFactor,
        or(isNull(tenantMembers.until), gt(tenantMembers.until, sql`now()`)),
      ),
    )
    .orderBy(tenants.name);
  const ofFleet = actor.operatorRole !== null && (await readFactorRule(tx));
  return [...(ofFleet ? ["the fleet"] : []), ...rows.map(({ name }) => name)];
}
