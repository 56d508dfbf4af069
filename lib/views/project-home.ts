import { and, asc, eq, gt, isNull, or, sql } from "drizzle-orm";
import type { AnyPgColumn } from "drizzle-orm/pg-core";
import type { Database, Transaction } from "#db/client";
import { type Hours, heldHoursByEnvironment } from "#db/queries/held-hours";
import { projectMembers, projects, tenantMembers, tenants } from "#db/schema/tenants";
import { users } from "#db/schema/users";
import type { Grant, ProjectGrant } from "#lib/access/authorize";
import { effectiveProjectRole, projectRoleMay } from "#lib/access/policy";
import { withGrant } from "#lib/access/with-grant";
import type { ProjectRole } from "#lib/domain/access/role";
import type { Id } from "#lib/domain/id";
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
): Promise<ProjectHome> {
  return withGrant(db, grant, async (tx) => {
    const [names] = await tx
      .select({ tenantName: tenants.name, projectName: projects.name })
      .from(projects)
      .innerJoin(tenants, eq(tenants.id, projects.tenantId))
      .where(and(eq(projects.tenantId, grant.tenantId), eq(projects.id, grant.projectId)));
    if (!names) throw new Error("a grant on a project that is not there");
    const rows = await listEnvironmentSummaries(tx, {
      tenantId: grant.tenantId,
      projectIds: [grant.projectId],
      state: query.state === "all" ? undefined : (query.state ?? "held"),
      nameContains: query.q,
      after: query.after,
      limit: pageSize + 1,
    });
    const environments = rows.slice(0, pageSize);
    const scope = { tenantId: grant.tenantId, projectIds: [grant.projectId] };
    return {
      ...names,
      environments,
      next: rows.length > pageSize ? (environments.at(-1)?.id ?? null) : null,
      quota: await quotaMeters(tx, grant.tenantId, grant.projectId),
      gpusNow: await readGpusNow(tx, scope),
      use: await readUse(tx, scope),
      mostUsed: await heldHoursByEnvironment(tx, { ...scope, days: daysOfUse }, mostOfUse),
      members: await listPeople(tx, grant),
      activity: await listActivity(tx, grant, mostActivity),
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
