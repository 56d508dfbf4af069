import { eq } from "drizzle-orm";
import type { Database } from "#db/client";
import { lockEnvironment } from "#db/queries/environments";
import { countHeldNodes } from "#db/queries/held-nodes";
import { endOfLease, findLongestLease } from "#db/queries/leases";
import { announce } from "#db/queries/operations";
import { environments } from "#db/schema/environments";
import { recordAudit } from "#lib/access/audit";
import type { Grant } from "#lib/access/authorize";
import { mostReleasedUnproved } from "#lib/access/policy";
import { withGrant } from "#lib/access/with-grant";
import { checkLease } from "#lib/domain/environment/lease";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { SetLeaseInput } from "#lib/schemas/environment";

/**
 * Sets when an environment's lease is over: so many hours from now, or never. Refuses one that is
 * being released or has no node, a lease longer than its template or the compute profiles of its nodes
 * allow, and an earlier end for several nodes when who asks last proved that it is they too long ago.
 */
export async function setLease(
  db: Database,
  grant: Grant<"environment.operate">,
  input: SetLeaseInput,
): Promise<
  Result<
    { endsAt: string | null },
    RefusalOf<"not_found" | "not_now" | "invalid_input" | "proof_due">
  >
> {
  return withGrant(db, grant, async (tx) => {
    const environment = await lockEnvironment(tx, grant, input.environmentId);
    if (!environment) return refuse({ kind: "not_found", resource: "environment" });
    if (environment.state === "releasing" || environment.state === "released") {
      return refuse({
        kind: "not_now",
        reason: "It has been released: its nodes are given back already.",
        advice: "Launch a new one.",
      });
    }
    const held = await countHeldNodes(tx, environment.id);
    if (held === 0) {
      return refuse({
        kind: "not_now",
        reason: "It has no node: its lease begins with its nodes.",
        advice: "Change it when it has some.",
      });
    }
    const lease = checkLease(input.leaseHours, await findLongestLease(tx, environment.id));
    if (!lease.ok) return lease;
    // An earlier end is a release to come, and asks what a release asks.
    const endsSooner =
      lease.value !== null &&
      (environment.endsAt === null ||
        Date.now() + lease.value * 3_600_000 < environment.endsAt.getTime());
    if (grant.proofDue && endsSooner && held > mostReleasedUnproved) {
      return refuse({ kind: "proof_due", by: grant.proofDue });
    }
    const [row] = await tx
      .update(environments)
      .set({ endsAt: endOfLease(lease.value) })
      .where(eq(environments.id, environment.id))
      .returning({ endsAt: environments.endsAt });
    await announce(tx, `environment:${environment.id}`);
    await recordAudit(tx, grant, {
      action: "environment.set_lease",
      object: { kind: "environment", id: environment.id, name: environment.name },
      detail: { before: environment.endsAt, after: row?.endsAt ?? null },
    });
    return ok({ endsAt: row?.endsAt?.toISOString() ?? null });
  });
}
