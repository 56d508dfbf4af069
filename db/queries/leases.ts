import { and, eq, isNull, lte, notInArray, type SQL, sql } from "drizzle-orm";
import type { Transaction } from "#db/client";
import { isOpening } from "#db/queries/environment-operations";
import { versionOffered } from "#db/queries/profile-terms";
import { profiles, profileVersions } from "#db/schema/catalogue";
import { allocations, environments } from "#db/schema/environments";
import { operations } from "#db/schema/operations";
import { longestLease } from "#lib/domain/environment/lease";
import type { Id } from "#lib/domain/id";

/** The end of a lease that begins now, for a column; null for none. `hours` counts from now. */
export function endOfLease(hours: number | null): SQL<Date> | null {
  return hours === null ? null : sql<Date>`clock_timestamp() + ${hours} * interval '1 hour'`;
}

/** The longest lease that the profiles of an environment's nodes allow, in hours; null for any. */
export async function findLongestLease(
  tx: Transaction,
  environmentId: Id<"environment">,
): Promise<number | null> {
  const rows = await tx
    .selectDistinct({ limit: profileVersions.longestLeaseHours })
    .from(allocations)
    .innerJoin(profiles, eq(profiles.id, allocations.profileId))
    .innerJoin(profileVersions, versionOffered)
    .where(and(eq(allocations.environmentId, environmentId), isNull(allocations.releasedAt)));
  return longestLease(rows.map((row) => row.limit));
}

/** Environments whose lease goes on or is over: nobody has released them, and they have had nodes. */
export function hasLease(): SQL | undefined {
  return and(
    notInArray(environments.state, ["releasing", "released"]),
    // A lease begins with the nodes, however long the hooks before them take.
    sql`not exists (select from ${operations} where ${operations.environmentId} = ${environments.id} and ${isOpening})`,
  );
}

/** Environments whose lease is over and that nobody has released. */
export function leaseIsOver(): SQL | undefined {
  return and(lte(environments.endsAt, sql`clock_timestamp()`), hasLease());
}
