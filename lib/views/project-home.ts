import { and, asc, eq, gt, isNull, or, sql } from "drizzle-orm";
import type { AnyPgColumn } from "drizzle-orm/pg-core";
import type { Database, Transaction } from "#db/client";
import { type Hours, heldHoursByEnvironment } from "#db/queries/held-hours";
import { projectMembers, projects, tenantMembers, tenants } from "#db/schema/tenants";
import { users } from "#db/schema/users";
import { together } from "#db/together";
import type { Grant, ProjectGrant } from "#lib/access/authorize";
import { effectiveProjectRole, projectRoleMay } from "#lib/access/policy";
import { withGrant } from "#lib/access/with-grant";
import type { ProjectRole } from "#lib/domain/access/role";
import type { Id } from "#lib/domain/id";
import { usualScrapeMs } from "#lib/domain/telemetry/fresh";
import type { ActivityEvent, EnvironmentSummary, QuotaMeter } from "#lib/schemas/environment-view";
import type { GpusNow } from "#lib/schemas/gpu-summary";
import type { EnvironmentsQuery } from "#lib/schemas/lists";
import { listActivity } from "#lib/views/activity";
import { listEnvironmentSummaries } from "#lib/views/environment-summaries";
import { readGpusNow } from "#lib/views/gpu-summary";
import { quotaMeters } from "#lib/views/quota-meters";
import { daysOfUse, readUse, type Use } from "#lib/views/use";

export type ProjectHome = {
  tenantName: string;
  projectName: string;
  environments: EnvironmentSummary[];
  /** Where the next page of environments begins; null on the last. */
  next: string | null;
  quota: QuotaMeter[];
  gpusNow: GpusNow;
  use: Use;
  /** The environments that used most over the days of `use`. */
  mostUsed: (Hours & { id: Id<"environment">; name: string; released: boolean })[];
  /** Who has a role now; `until`: when it ends, null for what does not. */
  members: {
    userId: Id<"user">;
    name: string;
    email: string;
    role: ProjectRole;
    until: string | null;
  }[];
  activity: ActivityEvent[];
  mayLaunch: boolean;
  mayAutomate: boolean;
};

const pageSize = 25;
const mostActivity = 8;
const mostOfUse = 5;

/** The home of one project: its environments, its quota, its people, and what happened last. */
export async function projectHome(
  db: Database,
  grant: Grant<"project.read">,
  query: EnvironmentsQuery = { q: "" },
  scrapeMs: number = usualScrapeMs,
): Promise<ProjectHome> {
  return withGrant(db, grant, async (tx) => {
    const scope = { tenantId: grant.tenantId, projectIds: [grant.projectId] };
    const [[names], rows, quota, gpusNow, use, mostUsed, members, activity] = await together(
      () =>
        tx
          .select({ tenantName: tenants.name, projectName: projects.name })
          .from(projects)
          .innerJoin(tenants, eq(tenants.id, projects.tenantId))
          .where(and(eq(projects.tenantId, grant.tenantId), eq(projects.id, grant.projectId))),
      () =>
        listEnvironmentSummaries(tx, {
          ...scope,
          state: query.state === "all" ? undefined : (query.state ?? "held"),
          nameContains: query.q,
          after: query.after,
          limit: pageSize + 1,
        }),
      () => quotaMeters(tx, grant.tenantId, grant.projectId),
      () => readGpusNow(tx, scope, scrapeMs),
      () => readUse(tx, scope),
      () => heldHoursByEnvironment(tx, { ...scope, days: daysOfUse }, mostOfUse),
      () => listPeople(tx, grant),
      () => listActivity(tx, grant, mostActivity),
    );
    if (!names) throw new Error("a grant on a project that is not there");
    const environments = rows.slice(0, pageSize);
    return {
      ...names,
      environments,
      next: rows.length > pageSize ? (environments.at(-1)?.id ?? null) : null,
      quota,
      gpusNow,
      use,
      mostUsed,
      members,
      activity,
      mayLaunch: projectRoleMay(grant.role, "environment.launch"),
      mayAutomate: projectRoleMay(grant.role, "project.automation"),
    };
  });
}

/**
 * Everyone with a role in the project now: given there, or by being the tenant's owner or admin. It
 * ends with the membership of the tenant, or before it.
 */
async function listPeople(tx: Transaction, grant: ProjectGrant): Promise<ProjectHome["members"]> {
  const rows = await tx
    .select({
      userId: users.id,
      name: users.name,
      email: users.email,
      tenantRole: tenantMembers.role,
      tenantUntil: tenantMembers.until,
      given: projectMembers.role,
      givenUntil: projectMembers.until,
    })
    .from(tenantMembers)
    .innerJoin(users, eq(users.id, tenantMembers.userId))
    .leftJoin(
      projectMembers,
      and(
        eq(projectMembers.userId, tenantMembers.userId),
        eq(projectMembers.projectId, grant.projectId),
        isLasting(projectMembers.until),
      ),
    )
    .where(and(eq(tenantMembers.tenantId, grant.tenantId), isLasting(tenantMembers.until)))
    .orderBy(asc(users.name));
  return rows.flatMap(({ tenantRole, tenantUntil, given, givenUntil, ...person }) => {
    const role = effectiveProjectRole(tenantRole, given ?? undefined);
    if (!role) return [];
    // Owners and admins have it by the tenant, whatever the project gives them for a time.
    const isByTenant = effectiveProjectRole(tenantRole, undefined) !== undefined;
    const ends = [tenantUntil, isByTenant ? null : givenUntil].flatMap((at) => at ?? []);
    const [until] = ends.sort((a, b) => a.getTime() - b.getTime());
    return [{ ...person, role, until: until?.toISOString() ?? null }];
  });
}

const isLasting = (until: AnyPgColumn) => or(isNull(until), gt(until, sql`now()`));
