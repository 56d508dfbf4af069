import { and, asc, desc, eq, inArray, type SQL, sql } from "drizzle-orm";
import type { Database, Transaction } from "#db/client";
import { environments } from "#db/schema/environments";
import { hookRuns } from "#db/schema/hooks";
import { operations } from "#db/schema/operations";
import { scriptRuns } from "#db/schema/script-runs";
import { projects, tenants } from "#db/schema/tenants";
import { users } from "#db/schema/users";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import {
  type Approvers,
  type HookKind,
  type HookRunState,
  hasHookEnded,
  isRetriedAlone,
} from "#lib/domain/hook/hook";
import { approverWords } from "#lib/domain/hook/words";
import { type ActorId, type Id, isId } from "#lib/domain/id";
import { liveOperationStates, type OperationState } from "#lib/domain/operation/operation";
import type { HookRunView, ScriptRunView } from "#lib/schemas/environment-view";
import { scriptViews } from "#lib/views/script-runs";

/** A run with what it belongs to. */
export type PlacedRun = HookRunView & {
  tenant: { slug: string; name: string };
  project: { slug: string; name: string };
  environment: { id: Id<"environment">; name: string };
  requestedByName: string | null;
};

export type Approval = PlacedRun & {
  decidedBy: string;
  expiresAt: string | null;
  /** Whether whoever looks may decide. */
  mayDecide: boolean;
};

/** What waits for a person of the platform team, as far as whoever asks may see it, oldest first. */
export async function fleetApprovals(
  db: Database,
  grant: Grant<"fleet.read">,
): Promise<Approval[]> {
  return withGrant(db, grant, async (tx) => {
    const open = await openApprovals(tx, undefined);
    const isAdmin = grant.operatorRole === "fleet_admin";
    return approvals(
      tx,
      open,
      grant.actorId,
      (who) => isAdmin && who.kind === "operators",
      isAdmin,
    );
  });
}

/** What waits for the tenant's people, oldest first. */
export async function tenantApprovals(
  db: Database,
  grant: Grant<"approval.answer">,
): Promise<Approval[]> {
  return withGrant(db, grant, async (tx) => {
    const open = await openApprovals(tx, eq(hookRuns.tenantId, grant.tenantId));
    return approvals(tx, open, grant.actorId, (who) => who.kind === "tenant_admins", true);
  });
}

const shownRuns = 100;

/** The latest runs of hooks of all tenants, in one state or in any. */
export async function latestRuns(
  db: Database,
  grant: Grant<"fleet.read">,
  state: HookRunState | null,
): Promise<PlacedRun[]> {
  return withGrant(db, grant, async (tx) => {
    const rows = await placedRuns(tx, state ? eq(hookRuns.state, state) : undefined);
    const scripts = await scriptsOf(
      tx,
      rows.map(({ run }) => run),
    );
    return rows.map((row) => placedView(row, scripts.get(row.run.id)));
  });
}

/** One run of a hook with whose it is, or null when there is none of that id. */
export async function hookRunDetail(
  db: Database,
  grant: Grant<"fleet.read">,
  id: string,
): Promise<PlacedRun | null> {
  if (!isId("hookRun", id)) return null;
  return withGrant(db, grant, async (tx) => {
    const [row] = await placedRuns(tx, eq(hookRuns.id, id));
    return row ? placedView(row) : null;
  });
}

/** The runs of one environment, the newest operation's first, for its page. */
export async function listEnvironmentRuns(
  tx: Transaction,
  environmentId: Id<"environment">,
): Promise<HookRunView[]> {
  const rows = await tx
    .select({ run: hookRuns, operation: operations.state })
    .from(hookRuns)
    .innerJoin(operations, eq(operations.id, hookRuns.operationId))
    .where(eq(hookRuns.environmentId, environmentId))
    .orderBy(desc(hookRuns.createdAt), hookRuns.position)
    .limit(shownRuns);
  const scripts = await scriptsOf(
    tx,
    rows.map(({ run }) => run),
  );
  return rows.map(({ run, operation }) => runView(run, operation, scripts.get(run.id)));
}

/** How the scripts of these runs are on each node, by run. */
async function scriptsOf(
  tx: Transaction,
  runs: readonly { id: Id<"hookRun">; definition: { kind: HookKind } }[],
): Promise<Map<string, ScriptRunView[]>> {
  const ids = runs.filter((run) => run.definition.kind === "script").map((run) => run.id);
  return scriptViews(tx, scriptRuns.hookRunId, ids);
}

/** Approvals that wait for a decision, those that have waited longest first. */
function openApprovals(tx: Transaction, which: SQL | undefined) {
  const open = and(
    inArray(hookRuns.state, ["ready", "running", "waiting"]),
    sql`${hookRuns.definition}->>'kind' = 'approval'`,
    inArray(operations.state, [...liveOperationStates]),
    which,
  );
  return placedRuns(tx, open, "oldest first");
}

async function approvals(
  tx: Transaction,
  rows: Awaited<ReturnType<typeof openApprovals>>,
  actorId: ActorId,
  byRole: (approvers: Approvers) => boolean,
  mayAtAll: boolean,
): Promise<Approval[]> {
  const [user] = await tx
    .select({ email: users.email })
    .from(users)
    .where(eq(sql`${users.id}`, actorId));
  return rows.map((row) => {
    const { approvers } = row.run.definition;
    const isNamed = approvers?.kind === "people" && approvers.emails.includes(user?.email ?? "");
    return {
      ...placedView(row),
      decidedBy: approverWords(approvers),
      expiresAt: row.run.deadlineAt?.toISOString() ?? null,
      mayDecide: mayAtAll && approvers !== null && (isNamed || byRole(approvers)),
    };
  });
}

function placedRuns(
  tx: Transaction,
  which: SQL | undefined,
  order: "newest first" | "oldest first" = "newest first",
) {
  const by = order === "newest first" ? desc : asc;
  return tx
    .select({
      run: hookRuns,
      requestedByName: operations.requestedByName,
      operation: operations.state,
      environment: { id: environments.id, name: environments.name },
      tenant: { slug: tenants.slug, name: tenants.name },
      project: { slug: projects.slug, name: projects.name },
    })
    .from(hookRuns)
    .innerJoin(operations, eq(operations.id, hookRuns.operationId))
    .innerJoin(environments, eq(environments.id, hookRuns.environmentId))
    .innerJoin(tenants, eq(tenants.id, hookRuns.tenantId))
    .innerJoin(projects, eq(projects.id, hookRuns.projectId))
    .where(which)
    .orderBy(by(hookRuns.createdAt), by(hookRuns.id))
    .limit(shownRuns);
}

type PlacedRow = Awaited<ReturnType<typeof placedRuns>>[number];

function placedView(row: PlacedRow, scripts?: ScriptRunView[]): PlacedRun {
  const { run, operation, tenant, project, environment, requestedByName } = row;
  const view = runView(run, operation, scripts);
  return { ...view, tenant, project, environment, requestedByName };
}

function runView(
  run: typeof hookRuns.$inferSelect,
  operation: OperationState,
  scripts: ScriptRunView[] = [],
): HookRunView {
  const text = (at: Date | null) => at?.toISOString() ?? null;
  return {
    id: run.id,
    operationId: run.operationId,
    name: run.name,
    point: run.point,
    kind: run.definition.kind,
    state: run.state,
    words: run.words,
    attempt: run.attempt,
    round: run.round,
    input: run.input,
    outputs: run.outputs,
    log: run.log,
    scripts,
    createdAt: run.createdAt.toISOString(),
    startedAt: text(run.startedAt),
    finishedAt: text(run.finishedAt),
    nextTryAt: hasHookEnded(run.state) ? null : text(run.runAfter),
    mayRetry: run.state === "failed" && isRetriedAlone(run.definition.kind, operation),
  };
}
