import { and, eq, inArray, isNull, ne, sql } from "drizzle-orm";
import type { Database, Transaction } from "#db/client";
import { type Hours, heldHoursByProject } from "#db/queries/held-hours";
import { allocations, environments } from "#db/schema/environments";
import { tenants } from "#db/schema/tenants";
import { together } from "#db/together";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import { runsTenant } from "#lib/domain/access/role";
import { isInMotion } from "#lib/domain/environment/state";
import type { Id } from "#lib/domain/id";
import { usualScrapeMs } from "#lib/domain/telemetry/fresh";
import type { EnvironmentSummary, QuotaMeter } from "#lib/schemas/environment-view";
import type { GpusNow } from "#lib/schemas/gpu-summary";
import { listEnvironmentSummaries } from "#lib/views/environment-summaries";
import { readGpusNow } from "#lib/views/gpu-summary";
import { quotaMeters } from "#lib/views/quota-meters";
import { daysOfUse, readUse, type Use } from "#lib/views/use";
import { visibleProjects } from "#lib/views/visible-projects";

export type TenantHome = {
  tenantName: string;
  projects: {
    id: Id<"project">;
    slug: string;
    name: string;
    environments: number;
    gpus: number;
    nodes: number;
    /** Over the days of `use`. */
    used: Hours;
  }[];
  gpusNow: GpusNow;
  use: Use;
  quota: QuotaMeter[];
  /** Failed, degraded or in motion: what a person may want to look at now. */
  attention: EnvironmentSummary[];
  mayCreateProject: boolean;
};

const mostLookedAt = 200;

/** The home of a tenant, as far as the person has a role in its projects. */
export async function tenantHome(
  db: Database,
  grant: Grant<"tenant.read">,
  scrapeMs: number = usualScrapeMs,
): Promise<TenantHome> {
  return withGrant(db, grant, async (tx) => {
    const [[tenant], visible, quota] = await together(
      () => tx.select({ name: tenants.name }).from(tenants).where(eq(tenants.id, grant.tenantId)),
      () => visibleProjects(tx, grant),
      () => quotaMeters(tx, grant.tenantId, null),
    );
    if (!tenant) throw new Error("a grant on a tenant that is not there");
    const scope = {
      tenantId: grant.tenantId,
      projectIds: visible.map((project) => project.id),
    };
    const [summaries, projects, gpusNow, use] = await together(
      () => listEnvironmentSummaries(tx, { ...scope, state: "held", limit: mostLookedAt }),
      () => withUse(tx, grant, visible),
      () => readGpusNow(tx, scope, scrapeMs),
      () => readUse(tx, scope),
    );
    return {
      tenantName: tenant.name,
      projects,
      gpusNow,
      use,
      quota,
      attention: summaries.filter(
        (environment) =>
          environment.state === "failed" ||
          environment.degraded.length > 0 ||
          isInMotion(environment.state),
      ),
      mayCreateProject: runsTenant(grant.role),
    };
  });
}

async function withUse(
  tx: Transaction,
  { tenantId }: Grant<"tenant.read">,
  visible: { id: Id<"project">; slug: string; name: string }[],
): Promise<TenantHome["projects"]> {
  const ids = visible.map((project) => project.id);
  if (ids.length === 0) return [];
  const [held, running, used] = await together(
    () =>
      tx
        .select({
          projectId: allocations.projectId,
          nodes: sql<number>`count(*)::int`,
          gpus: sql<number>`sum(${allocations.gpus})::int`,
        })
        .from(allocations)
        .where(and(inArray(allocations.projectId, ids), isNull(allocations.releasedAt)))
        .groupBy(allocations.projectId),
    () =>
      tx
        .select({ projectId: environments.projectId, count: sql<number>`count(*)::int` })
        .from(environments)
        .where(and(inArray(environments.projectId, ids), ne(environments.state, "released")))
        .groupBy(environments.projectId),
    () => heldHoursByProject(tx, { tenantId, projectIds: ids, days: daysOfUse }),
  );
  return visible.map((project) => {
    const use = held.find((row) => row.projectId === project.id);
    return {
      ...project,
      environments: running.find((row) => row.projectId === project.id)?.count ?? 0,
      gpus: use?.gpus ?? 0,
      nodes: use?.nodes ?? 0,
      used: used.get(project.id) ?? { nodeHours: 0, gpuHours: 0 },
    };
  });
}
