import { and, asc, count, desc, eq, inArray, isNull, type SQL, sql } from "drizzle-orm";
import type { Database, Transaction } from "#db/client";
import { findEnvironment } from "#db/queries/environments";
import { type Again, againColumns, againRefused } from "#db/queries/hook-again";
import { exactly, following } from "#db/queries/place";
import { environments } from "#db/schema/environments";
import { hookRuns } from "#db/schema/hooks";
import { operations } from "#db/schema/operations";
import { scriptRuns } from "#db/schema/script-runs";
import { projects, tenants } from "#db/schema/tenants";
import { users } from "#db/schema/users";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import { type ProjectRole, runsTenant } from "#lib/domain/access/role";
import {
  type Approvers,
  type HookRunState,
  hasHookEnded,
  type TemplateHook,
} from "#lib/domain/hook/hook";
import { runsOnNodes } from "#lib/domain/hook/script";
import { readLog } from "#lib/domain/hook/script-log";
import { whyNotStopped } from "#lib/domain/hook/stop";
import { approverWords } from "#lib/domain/hook/words";
import { type ActorId, type Id, isId } from "#lib/domain/id";
import { liveOperationStates } from "#lib/domain/operation/operation";
import { mayPress } from "#lib/domain/template/actions";
import type { ApprovalAbout } from "#lib/schemas/approval-view";
import type { CallView } from "#lib/schemas/call-view";
import type { HookRunsPage, HookRunView, ScriptRunView } from "#lib/schemas/environment-view";
import { approvalFacts } from "#lib/views/approval-facts";
import { callsOfRun } from "#lib/views/providers";
import { scriptViews } from "#lib/views/script-runs";

/** A run with what it belongs to. */
export type PlacedRun = HookRunView & {
  tenant: { slug: string; name: string };
  project: { slug: string; name: string };
  environment: { id: Id<"environment">; name: string };
  requestedByName: string | null;
  /** Whether it takes something back and is asked still, until an operator stops that. */
  mayStop: boolean;
};

/** A run with how its latest calls went, the newest first. */
export type HookRunDetail = PlacedRun & { latestCalls: CallView[] };

export type Approval = PlacedRun & {
  about: ApprovalAbout;
  decidedBy: string;
  expiresAt: string | null;
  /** Whether whoever looks may decide. */
  mayDecide: boolean;
};

/** A page of what waits for decisions. */
export type Approvals = {
  approvals: Approval[];
  /** How many wait in all, on this page and on others. */
  waiting: number;
  /** Where the next page begins; null on the last. */
  next: string | null;
};

/** What waits for a person of the platform team, as far as whoever asks may see it, oldest first. */
export async function fleetApprovals(
  db: Database,
  grant: Grant<"fleet.read">,
  after?: string,
): Promise<Approvals> {
  return withGrant(db, grant, (tx) => {
    const isAdmin = grant.operatorRole === "fleet_admin";
    return openApprovals(tx, {
      ...{ which: undefined, after, actorId: grant.actorId, mayAtAll: isAdmin },
      byRole: (who) => isAdmin && who.kind === "operators",
    });
  });
}

/** What waits for the tenant's people, oldest first: to its owners and admins all, to others what names them. */
export async function tenantApprovals(
  db: Database,
  grant: Grant<"approval.answer">,
  after?: string,
): Promise<Approvals> {
  const isAdmin = runsTenant(grant.role);
  return withGrant(db, grant, (tx) =>
    openApprovals(tx, {
      which: and(
        eq(hookRuns.tenantId, grant.tenantId),
        isAdmin ? undefined : namesAccount(grant.actorId),
      ),
      ...{ after, actorId: grant.actorId, mayAtAll: true },
      byRole: (who) => isAdmin && who.kind === "tenant_admins",
    }),
  );
}

/** A page of the runs of hooks of all tenants, the newest first, in one state or in any. */
export async function latestRuns(
  db: Database,
  grant: Grant<"fleet.read">,
  query: { state?: HookRunState | undefined; after?: string | undefined },
): Promise<{ runs: PlacedRun[]; next: string | null }> {
  return withGrant(db, grant, async (tx) => {
    const which = query.state ? eq(hookRuns.state, query.state) : undefined;
    const { rows, next } = await pageOfRuns(tx, which, query.after);
    const scripts = await scriptsOf(
      tx,
      rows.map(({ run }) => run),
    );
    return { runs: rows.map((row) => placedView(row, scripts.get(row.run.id))), next };
  });
}

/**
 * One run of a hook with whose it is and how its latest calls went, or null when there is none of that id. Only
 * operators are told of the calls: what is said of one that came to no answer can name an address.
 */
export async function hookRunDetail(
  db: Database,
  grant: Grant<"fleet.read">,
  id: string,
): Promise<HookRunDetail | null> {
  if (!isId("hookRun", id)) return null;
  return withGrant(db, grant, async (tx) => {
    const [row] = await placedRuns(tx).where(eq(hookRuns.id, id));
    if (!row) return null;
    const run = placedView(row, (await scriptsOf(tx, [row.run])).get(id));
    return { ...run, latestCalls: await callsOfRun(tx, id) };
  });
}

/** Which runs of an environment: those after one of them, those that have not ended, and at most how many. */
type AskedRuns = { after?: Id<"hookRun"> | undefined; unfinished?: boolean; limit: number };

/** A page of the runs of one environment; null when the project has no such environment. */
export async function environmentRuns(
  db: Database,
  grant: Grant<"environment.read">,
  id: string,
  asked: AskedRuns,
): Promise<HookRunsPage | null> {
  if (!isId("environment", id)) return null;
  return withGrant(db, grant, async (tx) => {
    const environment = await findEnvironment(tx, grant, id);
    return environment ? listEnvironmentRuns(tx, id, grant.role, asked) : null;
  });
}

/**
 * The runs of one environment as this role sees them: the newest first, and those that came at once in the
 * order of their hooks.
 */
export async function listEnvironmentRuns(
  tx: Transaction,
  environmentId: Id<"environment">,
  role: ProjectRole,
  { after, unfinished, limit }: AskedRuns,
): Promise<HookRunsPage> {
  const { createdAt, position, id, finishedAt } = hookRuns;
  const isAfter = sql`(${createdAt}, -${position}, ${id}) < (
    select last.created_at, -last.position, last.id from hook_runs last
    where last.id = ${after} and last.environment_id = ${environmentId})`;
  const found = await tx
    .select({ run: hookRuns, again: againColumns })
    .from(hookRuns)
    .innerJoin(operations, eq(operations.id, hookRuns.operationId))
    .innerJoin(environments, eq(environments.id, hookRuns.environmentId))
    .where(
      and(
        eq(hookRuns.environmentId, environmentId),
        after && isAfter,
        unfinished ? isNull(finishedAt) : undefined,
      ),
    )
    .orderBy(desc(createdAt), asc(position), desc(id))
    .limit(limit + 1);
  const rows = found.slice(0, limit);
  const scripts = await scriptsOf(
    tx,
    rows.map(({ run }) => run),
  );
  return {
    runs: rows.map(({ run, again }) => runView(run, again, scripts.get(run.id), role)),
    next: found.length > limit ? (rows.at(-1)?.run.id ?? null) : null,
  };
}

/** How the scripts of these runs are on each node, by run. */
async function scriptsOf(
  tx: Transaction,
  runs: readonly { id: Id<"hookRun">; definition: TemplateHook }[],
): Promise<Map<string, ScriptRunView[]>> {
  const ids = runs.filter((run) => runsOnNodes(run.definition)).map((run) => run.id);
  return scriptViews(tx, scriptRuns.hookRunId, ids);
}

/** Approvals that name this account by its address. */
function namesAccount(actorId: ActorId): SQL {
  const address = sql`(select to_jsonb(${users.email}) from ${users} where ${users.id} = ${actorId})`;
  return sql`${hookRuns.definition} #>> '{approvers,kind}' = 'people' and ${hookRuns.definition} #> '{approvers,emails}' @> ${address}`;
}

/** A page of the approvals that wait for a decision, those that have waited longest first. */
async function openApprovals(
  tx: Transaction,
  asked: {
    which: SQL | undefined;
    after: string | undefined;
    actorId: ActorId;
    byRole: (approvers: Approvers) => boolean;
    mayAtAll: boolean;
  },
): Promise<Approvals> {
  const open = and(
    inArray(hookRuns.state, ["ready", "running", "waiting"]),
    sql`${hookRuns.definition}->>'kind' = 'approval'`,
    inArray(operations.state, [...liveOperationStates]),
    asked.which,
  );
  const { rows, next } = await pageOfRuns(tx, open, asked.after, "oldest first");
  const [counted] = await tx
    .select({ waiting: count() })
    .from(hookRuns)
    .innerJoin(operations, eq(operations.id, hookRuns.operationId))
    .where(open);
  const [user] = await tx
    .select({ email: users.email })
    .from(users)
    .where(eq(sql`${users.id}`, asked.actorId));
  const facts = await approvalFacts(
    tx,
    rows.map(({ environment }) => environment.id),
  );
  const approvals = rows.map((row) => {
    const found = facts.get(row.environment.id);
    if (!found) throw new Error(`environment ${row.environment.id} has no template`);
    const { scriptsOf, ...about } = found;
    const { approvers } = row.run.definition;
    const isNamed = approvers?.kind === "people" && approvers.emails.includes(user?.email ?? "");
    const mayDecide = asked.mayAtAll && approvers !== null && (isNamed || asked.byRole(approvers));
    return {
      ...placedView(row),
      about: { ...about, scripts: mayDecide ? scriptsOf(row.run.input) : [] },
      decidedBy: approverWords(approvers),
      expiresAt: row.run.deadlineAt?.toISOString() ?? null,
      mayDecide,
    };
  });
  return { approvals, waiting: counted?.waiting ?? 0, next };
}

const onPage = 50;

/** The runs of a page, and where the next one begins. */
async function pageOfRuns(
  tx: Transaction,
  which: SQL | undefined,
  after: string | undefined,
  order: "newest first" | "oldest first" = "newest first",
): Promise<{ rows: PlacedRow[]; next: string | null }> {
  const by = order === "newest first" ? desc : asc;
  const found = await placedRuns(tx)
    .where(and(which, following(after, hookRuns.createdAt, hookRuns.id, order)))
    .orderBy(by(hookRuns.createdAt), by(hookRuns.id))
    .limit(onPage + 1);
  const rows = found.slice(0, onPage);
  const last = rows.at(-1);
  return {
    rows,
    next: found.length > onPage && last ? `${last.madeExactly},${last.run.id}` : null,
  };
}

function placedRuns(tx: Transaction) {
  return tx
    .select({
      run: hookRuns,
      madeExactly: exactly(hookRuns.createdAt),
      requestedByName: operations.requestedByName,
      again: againColumns,
      environment: { id: environments.id, name: environments.name },
      tenant: { slug: tenants.slug, name: tenants.name },
      project: { slug: projects.slug, name: projects.name },
    })
    .from(hookRuns)
    .innerJoin(operations, eq(operations.id, hookRuns.operationId))
    .innerJoin(environments, eq(environments.id, hookRuns.environmentId))
    .innerJoin(tenants, eq(tenants.id, hookRuns.tenantId))
    .innerJoin(projects, eq(projects.id, hookRuns.projectId))
    .$dynamic();
}

type PlacedRow = Awaited<ReturnType<typeof placedRuns>>[number];

function placedView(row: PlacedRow, scripts?: ScriptRunView[]): PlacedRun {
  const { run, again, tenant, project, environment, requestedByName } = row;
  const view = runView(run, again, scripts);
  const { kind } = run.definition;
  const mayStop = whyNotStopped({ kind, state: run.state, event: run.input.event }) === null;
  return { ...view, tenant, project, environment, requestedByName, mayStop };
}

function runView(
  run: typeof hookRuns.$inferSelect,
  again: Again,
  scripts: ScriptRunView[] = [],
  /** In the project, of whoever looks; an operator has none and needs none. */
  role?: ProjectRole,
): HookRunView {
  const isTheirs = !role || !again.role || mayPress(role, { role: again.role });
  const text = (at: Date | null) => at?.toISOString() ?? null;
  return {
    id: run.id,
    operationId: run.operationId,
    name: run.name,
    point: run.point,
    kind: run.definition.kind,
    state: run.state,
    words: run.words,
    calls: run.calls,
    attempt: run.attempt,
    round: run.round,
    input: run.input,
    outputs: run.outputs,
    log: readLog(run),
    scripts,
    createdAt: run.createdAt.toISOString(),
    startedAt: text(run.startedAt),
    finishedAt: text(run.finishedAt),
    nextTryAt: hasHookEnded(run.state) ? null : text(run.runAfter),
    mayRetry: isTheirs && againRefused(run, again) === null,
  };
}
