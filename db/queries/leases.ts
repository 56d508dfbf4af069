import { and, eq, isNull, lte, notInArray, type SQL, sql } from "drizzle-orm";
import type { Transaction } from "#db/client";
import { isOpening } from "#db/queries/environment-operations";
import { versionOffered } from "#db/queries/profile-terms";
import { profiles, profileVersions, templateVersions } from "#db/schema/catalogue";
import { allocations, environments } from "#db/schema/environments";
import { operations } from "#db/schema/operations";
import { type LongestLease, longestLease } from "#lib/domain/environment/lease";
import type { Id } from "#lib/domain/id";

/** The end of a lease that begins now, for a column; null for none. `hours` counts from now. */
export function endOfLease(hours: number | null): SQL<Date> | null {
  return hours === null ? null : sql<Date>`clock_timestamp() + ${hours} * interval '1 hour'`;
}

/**
 * The longest lease that an environment may have: by the version of its template that it runs, and by the
 * profiles of its nodes as they are offered now. Null for any.
 */
export async function findLongestLease(
  tx: Transaction,
  environmentId: Id<"environment">,
): Promise<LongestLease | null> {
  const [version] = await tx
    .select({ longestLeaseHours: templateVersions.longestLeaseHours })
    .from(environments)
    .innerJoin(templateVersions, eq(templateVersions.id, environments.templateVersionId))
    .where(eq(environments.id, environmentId));
  const ofNodes = await tx
    .selectDistinct({ longestLeaseHours: profileVersions.longestLeaseHours })
    .from(allocations)
    .innerJoin(profiles, eq(profiles.id, allocations.profileId))
    .innerJoin(profileVersions, versionOffered)
    .where(and(eq(allocations.environmentId, environmentId), isNull(allocations.releasedAt)));
  return longestLease({
    longestLeaseHours: version?.longestLeaseHours ?? null,
    groups: ofNodes.map((profile) => ({ profile })),
  });
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
