import { and, desc, eq, ilike, inArray, isNull, lt, ne, type SQL, sql } from "drizzle-orm";
import type { Transaction } from "#db/client";
import { containing } from "#db/queries/like";
import { serviceAccounts } from "#db/schema/api-tokens";
import { templates, templateVersions } from "#db/schema/catalogue";
import { allocations, environments } from "#db/schema/environments";
import { nodes } from "#db/schema/nodes";
import { operations } from "#db/schema/operations";
import { projects } from "#db/schema/tenants";
import { users } from "#db/schema/users";
import { type NodeProgress, progressOf } from "#lib/domain/environment/progress";
import type { EnvironmentState } from "#lib/domain/environment/state";
import type { Id } from "#lib/domain/id";
import {
  liveOperationStates,
  type NodeOperation,
  type OperationState,
} from "#lib/domain/operation/operation";
import type { EnvironmentSummary } from "#lib/schemas/environment-view";
import { environmentHealth, tenantHealth } from "#lib/views/environment-health";

export type EnvironmentFilter = {
  tenantId: Id<"tenant">;
  /** Only these projects; a member's list names those that the member has a role in. */
  projectIds: readonly Id<"project">[];
  id?: Id<"environment">;
  /** `held`: all that are not released. */
  state?: EnvironmentState | "held";
  /** A part of the name. */
  nameContains?: string;
  /** Keyset: environments older than this one. */
  after?: Id<"environment">;
  limit: number;
};

/** Environments, newest first, each with what it holds and how far its operation is. */
export async function listEnvironmentSummaries(
  tx: Transaction,
  filter: EnvironmentFilter,
): Promise<EnvironmentSummary[]> {
  if (filter.projectIds.length === 0) return [];
  const rows = await tx
    .select({
      environment: environments,
      projectSlug: projects.slug,
      projectName: projects.name,
      templateName: templates.name,
      createdByName: sql<string | null>`coalesce(${users.name}, ${serviceAccounts.name})`,
    })
    .from(environments)
    .innerJoin(projects, eq(projects.id, environments.projectId))
    .innerJoin(templateVersions, eq(templateVersions.id, environments.templateVersionId))
    .innerJoin(templates, eq(templates.id, templateVersions.templateId))
    .leftJoin(users, eq(sql`${users.id}`, environments.createdBy))
    .leftJoin(serviceAccounts, eq(sql`${serviceAccounts.id}`, environments.createdBy))
    .where(conditions(filter))
    // Ids sort by age.
    .orderBy(desc(environments.id))
    .limit(filter.limit);
  const ids = rows.map((row) => row.environment.id);
  if (ids.length === 0) return [];
  const [held, live] = [await listHeld(tx, ids), await listLive(tx, ids)];
  const health = await environmentHealth(tx, ids);

  return rows.map(({ environment, createdByName, ...names }): EnvironmentSummary => {
    const mine = held.filter((node) => node.environmentId === environment.id);
    return {
      id: environment.id,
      name: environment.name,
      ...names,
      state: environment.state,
      stateSince: environment.stateSince.toISOString(),
      stateReason: environment.stateReason,
      nodes: mine.length,
      gpus: mine.reduce((sum, node) => sum + node.gpus, 0),
      gpuModels: [...new Set(mine.flatMap((node) => node.gpuModel ?? []))].sort(),
      degraded: mine.flatMap(({ hostname, allocationId, health: ofNode }) => {
        const { healthReasons } = tenantHealth(health, allocationId, ofNode);
        return healthReasons.length > 0 ? [`${hostname}: ${healthReasons.join(", ")}`] : [];
      }),
      createdAt: environment.createdAt.toISOString(),
      createdByName: createdByName ?? "someone who has left",
      endsAt: environment.releasedAt ? null : (environment.endsAt?.toISOString() ?? null),
      progress: progressOf(live.get(environment.id) ?? []) ?? null,
    };
  });
}

function conditions(filter: EnvironmentFilter): SQL | undefined {
  const state =
    filter.state === "held"
      ? ne(environments.state, "released")
      : filter.state && eq(environments.state, filter.state);
  return and(
    eq(environments.tenantId, filter.tenantId),
    inArray(environments.projectId, [...filter.projectIds]),
    filter.id && eq(environments.id, filter.id),
    state,
    filter.nameContains ? ilike(environments.name, containing(filter.nameContains)) : undefined,
    filter.after && lt(environments.id, filter.after),
  );
}

/** True while a worker is at it, or takes it up as soon as one is free. */
function isDue(state: OperationState, runAfter: Date): boolean {
  return state === "running" || (state === "ready" && runAfter.getTime() <= Date.now());
}

async function listHeld(tx: Transaction, ids: Id<"environment">[]) {
  return tx
    .select({
      environmentId: allocations.environmentId,
      hostname: allocations.hostname,
      gpus: allocations.gpus,
      gpuModel: allocations.gpuModel,
      allocationId: allocations.id,
      health: nodes.health,
    })
    .from(allocations)
    .innerJoin(nodes, eq(nodes.id, allocations.nodeId))
    .where(and(inArray(allocations.environmentId, ids), isNull(allocations.releasedAt)));
}

async function listLive(
  tx: Transaction,
  ids: Id<"environment">[],
): Promise<Map<Id<"environment">, NodeProgress[]>> {
  const rows = await tx
    .select({
      environmentId: operations.environmentId,
      hostname: allocations.hostname,
      kind: operations.kind,
      state: operations.state,
      phase: operations.phase,
      step: operations.step,
      waitReason: operations.waitReason,
      runAfter: operations.runAfter,
    })
    .from(operations)
    .innerJoin(allocations, eq(allocations.id, operations.allocationId))
    .where(
      and(
        inArray(operations.environmentId, ids),
        inArray(operations.state, [...liveOperationStates]),
        sql`${operations.nodeId} is not null`,
      ),
    );
  const live = new Map<Id<"environment">, NodeProgress[]>();
  for (const { environmentId, runAfter, phase, kind, ...row } of rows) {
    if (!environmentId) continue;
    const list = live.get(environmentId) ?? [];
    list.push({
      ...row,
      kind: kind as NodeOperation,
      goingBack: phase === "back",
      nextTryAt: isDue(row.state, runAfter) ? null : runAfter.toISOString(),
    });
    live.set(environmentId, list);
  }
  return live;
}
