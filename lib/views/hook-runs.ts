import { and, asc, desc, eq, inArray, type SQL, sql } from "drizzle-orm";
import type { Database, Transaction } from "#db/client";
import { environments } from "#db/schema/environments";
import { hookRuns } from "#db/schema/hooks";
import { operations } from "#db/schema/operations";
import { projects, tenants } from "#db/schema/tenants";
import { users } from "#db/schema/users";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import { type Approvers, type HookRunState, hasHookEnded } from "#lib/domain/hook/hook";
import { approverWords } from "#lib/domain/hook/words";
import type { ActorId, Id } from "#lib/domain/id";
import { liveOperationStates } from "#lib/domain/operation/operation";
import type { HookRunView } from "#lib/schemas/environment-view";

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
    return rows.map(placedView);
  });
}

/** The runs of one environment, the newest operation's first, for its page. */
export async function listEnvironmentRuns(
  tx: Transaction,
  environmentId: Id<"environment">,
): Promise<HookRunView[]> {
  const rows = await tx
    .select()
    .from(hookRuns)
    .where(eq(hookRuns.environmentId, environmentId))
    .orderBy(desc(hookRuns.createdAt), hookRuns.position)
    .limit(shownRuns);
  return rows.map(runView);
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

function placedView({ run, tenant, project, environment, requestedByName }: PlacedRow): PlacedRun {
  return { ...runView(run), tenant, project, environment, requestedByName };
}

function runView(run: typeof hookRuns.$inferSelect): HookRunView {
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
    createdAt: run.createdAt.toISOString(),
    startedAt: text(run.startedAt),
    finishedAt: text(run.finishedAt),
    nextTryAt: hasHookEnded(run.state) ? null : text(run.runAfter),
    mayRetry: run.definition.kind === "http" && run.state === "failed",
  };
}
