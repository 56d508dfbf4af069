import { and, asc, eq, gt, ilike, inArray, isNotNull, isNull, or, sql } from "drizzle-orm";
import type { Database } from "#db/client";
import { containing } from "#db/queries/like";
import { withSecondFactor } from "#db/queries/second-factors";
import { tenantMembers, tenants } from "#db/schema/tenants";
import { sessions, users } from "#db/schema/users";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import type { PersonLine } from "#lib/schemas/person-view";

export const peoplePageSize = 50;

export type PeopleFilter = {
  /** A part of a name or address. */
  search?: string;
  state?: "open" | "closed";
  /** The address that the page begins after. */
  after?: string;
};

/** One page of every account by address, operators' and tenants' people alike. */
export async function peopleView(
  db: Database,
  grant: Grant<"fleet.read">,
  { search, state, after }: PeopleFilter,
): Promise<{ lines: PersonLine[]; after: string | null }> {
  return withGrant(db, grant, async (tx) => {
    const text = search && containing(search);
    const rows = await tx
      .select({
        user: users,
        // Quoted by hand: within a query of one table a column would be named without it.
        lastSeenAt:
          sql<Date | null>`(select max(s.last_seen_at) from ${sessions} s where s.user_id = "users"."id")`.mapWith(
            sessions.lastSeenAt,
          ),
      })
      .from(users)
      .where(
        and(
          text ? or(ilike(users.name, text), ilike(users.email, text)) : undefined,
          state && (state === "open" ? isNull(users.disabledAt) : isNotNull(users.disabledAt)),
          after ? gt(users.email, after) : undefined,
        ),
      )
      .orderBy(asc(users.email))
      .limit(peoplePageSize + 1);
    const shown = rows.slice(0, peoplePageSize);
    const ids = shown.map(({ user }) => user.id);
    const secured = await withSecondFactor(tx, ids);
    const memberships =
      ids.length === 0
        ? []
        : await tx
            .select({
              userId: tenantMembers.userId,
              role: tenantMembers.role,
              slug: tenants.slug,
              name: tenants.name,
            })
            .from(tenantMembers)
            .innerJoin(tenants, eq(tenants.id, tenantMembers.tenantId))
            .where(inArray(tenantMembers.userId, ids))
            .orderBy(asc(tenants.name));
    return {
      lines: shown.map(({ user, lastSeenAt }) => ({
        userId: user.id,
        name: user.name,
        email: user.email,
        operatorRole: user.operatorRole,
        tenants: memberships
          .filter((each) => each.userId === user.id)
          .map(({ slug, name, role }) => ({ slug, name, role })),
        hasSecondFactor: secured.has(user.id),
        hasNotSignedIn: user.mustChangePassword,
        lastSeenAt: lastSeenAt?.toISOString() ?? null,
        closedAt: user.disabledAt?.toISOString() ?? null,
      })),
      after: rows.length > peoplePageSize ? (shown.at(-1)?.user.email ?? null) : null,
    };
  });
}
