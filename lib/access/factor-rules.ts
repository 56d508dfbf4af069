import { and, eq, gt, isNull, or, sql } from "drizzle-orm";
import type { Transaction } from "#db/client";
import { readFactorRule } from "#db/queries/identity";
import {
  countSecondFactors,
  deleteRecoveryCodes,
  endPendingSignIns,
  findVouchingProvider,
} from "#db/queries/second-factors";
import { tenantMembers, tenants } from "#db/schema/tenants";
import type { Actor } from "#lib/access/authorize";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";

/**
 * Whether a person may do without one more of their second factors: the last one is kept where
 * somebody asks for it and no identity provider of theirs stands in. Their account must be locked.
 */
export async function mayLoseFactor(
  tx: Transaction,
  actor: Actor,
): Promise<Result<void, RefusalOf<"not_now">>> {
  if ((await countSecondFactors(tx, actor.userId)) > 1) return ok(undefined);
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
