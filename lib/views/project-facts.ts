import type { Database } from "#db/client";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import type { EnvironmentState } from "#lib/domain/environment/state";
import type { Id } from "#lib/domain/id";
import type { EnvironmentSummary, QuotaMeter } from "#lib/schemas/environment-view";
import { listEnvironmentSummaries } from "#lib/views/environment-summaries";
import { quotaMeters } from "#lib/views/quota-meters";
import { readUse, type Use } from "#lib/views/use";

// What the home of a project shows together, each by itself.

/** The limits that hold for a project, its own and its tenant's, and how much is held. */
export function projectQuota(db: Database, grant: Grant<"project.read">): Promise<QuotaMeter[]> {
  return withGrant(db, grant, (tx) => quotaMeters(tx, grant.tenantId, grant.projectId));
}

/** What a project held, day by day. */
export function projectUse(db: Database, grant: Grant<"project.read">): Promise<Use> {
  const { tenantId, projectId } = grant;
  return withGrant(db, grant, (tx) => readUse(tx, { tenantId, projectIds: [projectId] }));
}

/** One page of a project's environments, newest first, and where the next begins. */
export async function environmentList(
  db: Database,
  grant: Grant<"environment.read">,
  filter: {
    state?: EnvironmentState | "held";
    nameContains?: string;
    after?: Id<"environment">;
    limit: number;
  },
): Promise<{ environments: EnvironmentSummary[]; next: Id<"environment"> | null }> {
  const rows = await withGrant(db, grant, (tx) =>
    listEnvironmentSummaries(tx, {
      ...filter,
      tenantId: grant.tenantId,
      projectIds: [grant.projectId],
      limit: filter.limit + 1,
    }),
  );
  const environments = rows.slice(0, filter.limit);
  const next = rows.length > filter.limit ? (environments.at(-1)?.id ?? null) : null;
  return { environments, next };
}
