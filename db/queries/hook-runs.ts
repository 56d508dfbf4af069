import { and, asc, eq, inArray, isNull, ne, not, or, type SQL, sql } from "drizzle-orm";
import type { Database, Transaction } from "#db/client";
import { settleActing } from "#db/queries/actions";
import { notifyOfLeftOver } from "#db/queries/notify-of-left-over";
import { announce, Fenced, logLine, wakeOperations, wakeWorkers } from "#db/queries/operations";
import { factsOfEnvironment } from "#db/queries/profile-terms";
import { templateVersions } from "#db/schema/catalogue";
import { allocations, environments } from "#db/schema/environments";
import { hookRuns } from "#db/schema/hooks";
import { operations } from "#db/schema/operations";
import { projects, tenants } from "#db/schema/tenants";
import {
  eventOf,
  type HookPoint,
  type HookRunState,
  liveHookRunStates,
  type TemplateHook,
} from "#lib/domain/hook/hook";
import { runsOnNodes } from "#lib/domain/hook/script";
import { toldAction } from "#lib/domain/hook/told-action";
import { type Id, newId } from "#lib/domain/id";
import { liveOperationStates, type PressedAction } from "#lib/domain/operation/operation";
import { changeableValues, plainValues } from "#lib/domain/template/input-values";
import { conditionWords, holds, type TemplateInput } from "#lib/domain/template/inputs";

type Reader = Database | Transaction;

export type HookRunRow = typeof hookRuns.$inferSelect;

/** The hooks of an environment's template version at some points, in the order of the points. */
export async function listHooksAt(
  db: Reader,
  environmentId: Id<"environment">,
  points: readonly HookPoint[],
): Promise<TemplateHook[]> {
  const [row] = await db
    .select({ hooks: templateVersions.hooks })
    .from(environments)
    .innerJoin(templateVersions, eq(templateVersions.id, environments.templateVersionId))
    .where(eq(environments.id, environmentId));
  return points.flatMap((point) => (row?.hooks ?? []).filter((hook) => hook.point === point));
}

/** The first run of each of these hooks in an operation, in their order. */
export async function listRunsOf(
  db: Reader,
  operationId: Id<"operation">,
  names: readonly string[],
): Promise<HookRunRow[]> {
  return db
    .select()
    .from(hookRuns)
    .where(
      and(
        eq(hookRuns.operationId, operationId),
        eq(hookRuns.round, 0),
        inArray(hookRuns.name, [...names]),
      ),
    )
    .orderBy(asc(hookRuns.position));
}

/**
 * Has hooks of an operation run, each once however often this is asked: the rows that are there stay.
 * One whose skip condition holds is skipped at once, and so is one that is to run once in the
 * environment's life and has, or does in another operation.
 */
export async function startRuns(
  tx: Transaction,
  input: {
    environmentId: Id<"environment">;
    operationId: Id<"operation">;
    hooks: readonly TemplateHook[];
    isGate: boolean;
    /** The action that was pressed, with what was entered and by which definitions. */
    action?: PressedAction & { definitions: readonly TemplateInput[] };
  },
): Promise<void> {
  const { environmentId, operationId, hooks, isGate, action } = input;
  if (hooks.length === 0) return;
  const [row] = await tx
    .select({
      environment: environments,
      definitions: templateVersions.inputs,
      kind: operations.kind,
      state: operations.state,
      reason: operations.reason,
      tenant: tenants.slug,
      project: projects.slug,
    })
    .from(environments)
    .innerJoin(templateVersions, eq(templateVersions.id, environments.templateVersionId))
    .innerJoin(operations, eq(operations.id, operationId))
    .innerJoin(tenants, eq(tenants.id, environments.tenantId))
    .innerJoin(projects, eq(projects.id, environments.projectId))
    .where(eq(environments.id, environmentId));
  if (!row) throw new Error(`environment ${environmentId} or its operation is gone`);
  const { environment } = row;
  const nodes = await nodesOf(tx, environmentId, { operationId, isGate });
  const earlier = await tx
    .select({ name: hookRuns.name, state: hookRuns.state })
    .from(hookRuns)
    .where(
      and(
        eq(hookRuns.environmentId, environmentId),
        ne(hookRuns.operationId, operationId),
        or(
          eq(hookRuns.state, "succeeded"),
          and(inArray(hookRuns.state, [...liveHookRunStates]), ofUse),
        ),
      ),
    );
  const common = {
    tenantId: environment.tenantId,
    projectId: environment.projectId,
    environmentId,
    operationId,
    isGate,
    input: {
      event: eventOf(row.kind),
      operation: {
        ...{ id: operationId, kind: row.kind },
        // How it ended, where it has.
        ...(isGate ? {} : { state: row.state, reason: row.reason }),
      },
      environment: { id: environmentId, name: environment.name },
      tenant: row.tenant,
      project: row.project,
      nodes,
      // How many were ordered, of each group: before they are taken there are none.
      counts: environment.groups,
      profiles: await factsOfEnvironment(tx, environmentId),
      inputs: plainValues(row.definitions, environment.inputs),
    },
  };
  // Of now, whatever another version lets be changed by the time at which this is run again.
  const changeable = changeableValues(row.definitions, environment.inputs);
  await tx
    .insert(hookRuns)
    .values(
      hooks.map((definition, position) => {
        const { name, point, skipIf, executeOnce } = definition;
        const why = skipIf && holds(skipIf, environment.inputs) ? conditionWords(skipIf) : null;
        const once = executeOnce && earlier.find((run) => run.name === name);
        const words = why ?? (once ? onceWords(once.state) : "");
        return {
          ...common,
          id: newId("hookRun"),
          name,
          point,
          position,
          definition,
          input: {
            ...common.input,
            ...(runsOnNodes(definition) && { changeable }),
            ...(action && { action: toldAction(definition, action) }),
          },
          words,
          ...(words ? { state: "skipped" as const, finishedAt: sql`now()` } : {}),
        };
      }),
    )
    .onConflictDoNothing();
  await announce(tx, `environment:${environmentId}`);
}

function onceWords(state: HookRunState): string {
  return state === "succeeded"
    ? "It has run once for this environment already."
    : "It is under way for this environment already, and runs once.";
}

/**
 * The nodes that an environment holds; in a release those that it has given back, which it holds no more. At a
 * gate none that the operation is taking back by now: it has not passed.
 */
async function nodesOf(
  tx: Transaction,
  environmentId: Id<"environment">,
  { operationId, isGate }: { operationId: Id<"operation">; isGate: boolean },
): Promise<{ hostname: string; group: string }[]> {
  // They are let go in the transaction that orders the release, whose beginning is the order's moment.
  const givenBack = sql`exists (select from operations release where release.id = ${operationId}
    and release.kind = 'environment.release' and release.created_at <= ${allocations.releasedAt})`;
  const isGoingBack = sql`exists (select from operations own where own.parent_id = ${operationId}
    and own.allocation_id = ${allocations.id} and own.phase <> 'forward')`;
  return tx
    .select({ hostname: allocations.hostname, group: allocations.groupName })
    .from(allocations)
    .where(
      and(
        eq(allocations.environmentId, environmentId),
        or(isNull(allocations.releasedAt), givenBack),
        isGate ? not(isGoingBack) : undefined,
      ),
    )
    .orderBy(asc(allocations.hostname));
}

/**
 * What a provider had kept with its last answer about the environment of a run, in whatever run that
 * was and however that has ended: what one has made, another may have to take back.
 */
const savedBefore: SQL = sql`(select answered.saved from hook_runs answered
  where answered.environment_id = ${hookRuns.environmentId}
    -- A worker from before there were numbers writes none: what only it has heard still counts.
    and (answered.answered_by is not null or answered.turn > 0)
    and answered.definition ->> 'providerId' = ${hookRuns.definition} ->> 'providerId'
  order by answered.answered_by desc nulls last, answered.started_at desc limit 1)`;

/**
 * How far a hook that runs once in its environment's life had come in whatever run: the next one goes
 * on from there, with the key of the question that may have been answered while nobody heard it.
 */
const turnBefore: SQL = sql`case when (${hookRuns.definition} ->> 'executeOnce')::boolean then
  (select coalesce(max(before.turn), 0) from hook_runs before
    where before.environment_id = ${hookRuns.environmentId} and before.name = ${hookRuns.name})
  else 0 end`;

/** Calls that a provider has at once; a few more when several workers look in the same moment. */
const callsAtOnce = 4;

/**
 * Takes up to `limit` runs that are due, for `leaseMs`, as operations are claimed: one whose holder is
 * gone is taken over and its fence raised. The hooks of one operation run one after the other, and a
 * provider has few calls at once, so that one that hangs keeps no other from being asked.
 */
export async function claimHookRuns(
  db: Database,
  input: { leaseMs: number; limit: number },
): Promise<(HookRunRow & { isExpired: boolean })[]> {
  if (input.limit <= 0) return [];
  const isDue = and(
    inArray(hookRuns.state, [...liveHookRunStates]),
    sql`${hookRuns.runAfter} <= now()`,
    or(isNull(hookRuns.leaseUntil), sql`${hookRuns.leaseUntil} < now()`),
    sql`(${hookRuns.round} > 0 or not exists (select from hook_runs earlier
      where earlier.operation_id = ${hookRuns.operationId} and earlier.round = 0
        and earlier.position < ${hookRuns.position}
        and earlier.state in ('ready', 'running', 'waiting')))`,
  );
  // Who is called: a provider, or the address that a wait asks.
  const calledBy = (definition: SQL) =>
    sql`coalesce(${definition} ->> 'providerId', ${definition} #>> '{until,url}')`;
  const provider = calledBy(sql`${hookRuns.definition}`);
  // How many calls it would have with it: those under way, and those that are due before it.
  const call = sql`row_number() over (partition by ${provider} order by ${hookRuns.runAfter}, ${hookRuns.id})
    + (select count(*) from hook_runs leased where leased.state = 'running'
      and leased.lease_until >= now() and ${calledBy(sql`leased.definition`)} = ${provider})`;
  const due = db
    .select({ id: hookRuns.id })
    .from(hookRuns)
    .where(
      and(
        isDue,
        sql`${hookRuns.id} in (select due.id from (
          select ${hookRuns.id} as id, ${provider} as provider, ${call} as call
          from ${hookRuns} where ${isDue}) due
          where due.provider is null or due.call <= ${callsAtOnce})`,
      ),
    )
    .orderBy(asc(hookRuns.runAfter))
    .limit(input.limit)
    .for("no key update", { skipLocked: true });
  const rows = await db
    .update(hookRuns)
    .set({
      state: "running",
      fence: sql`${hookRuns.fence} + 1`,
      leaseUntil: sql`now() + ${`${input.leaseMs} milliseconds`}::interval`,
      startedAt: sql`coalesce(${hookRuns.startedAt}, now())`,
      saved: sql`case when ${hookRuns.startedAt} is null then ${savedBefore} else ${hookRuns.saved} end`,
      turn: sql`case when ${hookRuns.startedAt} is null then greatest(${hookRuns.turn}, ${turnBefore}) else ${hookRuns.turn} end`,
      deadlineAt: sql`coalesce(${hookRuns.deadlineAt}, now() + make_interval(secs => (${hookRuns.definition} ->> 'seconds')::float8))`,
    })
    .where(sql`${hookRuns.id} = any(array(${due}))`)
    .returning();
  const { rows: clock } = await db.execute<{ now: Date }>(sql`select now()`);
  const now = new Date(clock[0]?.now ?? Date.now());
  return rows.map((row) => ({
    ...row,
    isExpired: row.deadlineAt !== null && row.deadlineAt <= now,
  }));
}

/** Prolongs the lease of a run; false when it was lost, or when the run has been ended meanwhile. */
export async function renewHookRun(
  db: Database,
  run: Pick<HookRunRow, "id" | "fence">,
  leaseMs: number,
): Promise<boolean> {
  const rows = await db
    .update(hookRuns)
    .set({ leaseUntil: sql`now() + ${`${leaseMs} milliseconds`}::interval` })
    .where(heldRun(run))
    .returning({ id: hookRuns.id });
  return rows.length === 1;
}

/**
 * Writes what became of a run, if this holder still has it and what it belongs to has not ended.
 * Throws `Fenced` otherwise: an answer that comes late changes nothing.
 */
export async function commitHookRun(
  tx: Transaction,
  run: Pick<HookRunRow, "id" | "fence">,
  change: Record<string, unknown>,
): Promise<HookRunRow> {
  const [row] = await tx
    .update(hookRuns)
    .set({ ...change, leaseUntil: null })
    .where(and(heldRun(run), ofUse))
    .returning();
  if (!row) throw new Fenced();
  await announce(tx, `environment:${row.environmentId}`);
  await announceApprovals(tx, [row]);
  return row;
}

/** Tells open inboxes of their tenants where some of these runs wait, or waited, for a decision. */
export async function announceApprovals(
  tx: Transaction,
  runs: readonly Pick<HookRunRow, "tenantId" | "definition">[],
): Promise<void> {
  const asked = runs.filter(({ definition }) => definition.kind === "approval");
  const tenantIds = new Set(asked.map(({ tenantId }) => tenantId));
  await announce(tx, ...[...tenantIds].map((id) => `approvals:${id}` as const));
}

/** A run has ended: its line in the environment's log, and whoever waits for it looks again. */
export async function settleHookRun(tx: Transaction, run: HookRunRow): Promise<void> {
  const hasFailed = run.state === "failed";
  const isUndo = run.input.event === "destroy";
  if (hasFailed && isUndo) await notifyOfLeftOver(tx, run);
  // What takes back what one provider made has nothing to do with another's.
  if (hasFailed && !isUndo && run.round === 0 && run.definition.onFailure !== "continue") {
    const cancelled = await tx
      .update(hookRuns)
      .set({
        state: "cancelled",
        words: `Hook ${run.name} failed before it.`,
        finishedAt: sql`now()`,
      })
      .where(
        and(
          eq(hookRuns.operationId, run.operationId),
          eq(hookRuns.round, 0),
          sql`${hookRuns.position} > ${run.position}`,
          // Where nothing is taken back, what comes at the next point comes all the same.
          sql`(${hookRuns.isGate} or ${hookRuns.point} = ${run.point})`,
          inArray(hookRuns.state, [...liveHookRunStates]),
        ),
      )
      .returning();
    await announceApprovals(tx, cancelled);
  }
  await sayOfRun(tx, run, run.words || "done", hasFailed ? "error" : "info");
  await wakeOperations(tx, eq(operations.parentId, run.operationId));
  await settleActing(tx, run.operationId);
}

/**
 * Has the runs asked again now that wait after a call to this provider which came to nothing: what was
 * wrong with it may be right since.
 */
export async function wakeRunsOf(tx: Transaction, providerId: Id<"provider">): Promise<void> {
  await tx
    .update(hookRuns)
    .set({ runAfter: sql`now()` })
    .where(
      and(
        inArray(hookRuns.state, [...liveHookRunStates]),
        sql`${hookRuns.attempt} > 0`,
        sql`${hookRuns.definition} ->> 'providerId' = ${providerId}`,
      ),
    );
  await wakeWorkers(tx);
}

/** Whether a hook said no to an operation first of all, before anything was done to its nodes. */
export async function isRefusedAtInit(
  tx: Transaction,
  operationId: Id<"operation">,
): Promise<boolean> {
  const refused = and(
    eq(hookRuns.operationId, operationId),
    eq(hookRuns.round, 0),
    eq(hookRuns.point, "on_init"),
    eq(hookRuns.state, "failed"),
    sql`${hookRuns.definition} ->> 'onFailure' <> 'continue'`,
  );
  return (await tx.$count(hookRuns, refused)) > 0;
}

/** Adds a line to the environment's log. */
export async function sayOfRun(
  tx: Reader,
  run: HookRunRow,
  words: string,
  level: "info" | "warning" | "error" = "info",
): Promise<void> {
  const { operationId, tenantId, environmentId } = run;
  await logLine(
    tx,
    { id: operationId, tenantId, environmentId, nodeId: null, step: null },
    { message: `Hook ${run.name}: ${words}`, level },
  );
}

/** The runs that nothing waits for any more, since their operation has ended without them. */
export async function listUseless(db: Reader): Promise<Id<"hookRun">[]> {
  const rows = await db
    .select({ id: hookRuns.id })
    .from(hookRuns)
    .where(and(inArray(hookRuns.state, [...liveHookRunStates]), sql`not (${ofUse})`));
  return rows.map((row) => row.id);
}

/** Ends those of these runs that are still open. */
export async function cancelUseless(tx: Transaction, ids: readonly Id<"hookRun">[]): Promise<void> {
  const cancelled = await tx
    .update(hookRuns)
    .set({
      state: "cancelled",
      words: sql`case when ${hookRuns.round} > 0 then 'Its environment changed before it was done.'
        else 'Its operation ended before it did.' end`,
      finishedAt: sql`now()`,
      leaseUntil: null,
    })
    .where(and(inArray(hookRuns.id, [...ids]), inArray(hookRuns.state, [...liveHookRunStates])))
    .returning();
  await announceApprovals(tx, cancelled);
}

/** What the hooks of an environment that have ended gave, by hook: the latest of each. */
export async function listOutputs(
  db: Reader,
  environmentId: Id<"environment">,
): Promise<Record<string, unknown>> {
  const rows = await db
    .select({ name: hookRuns.name, outputs: hookRuns.outputs })
    .from(hookRuns)
    .where(and(eq(hookRuns.environmentId, environmentId), eq(hookRuns.state, "succeeded")))
    .orderBy(asc(hookRuns.finishedAt));
  return Object.fromEntries(rows.flatMap((row) => (row.outputs ? [[row.name, row.outputs]] : [])));
}

/**
 * A run of use: nothing waits at a point of the end, and one that is run again alone is for itself, as
 * long as its environment lets it begin (`whyNotAgain`).
 */
const ofUse: SQL = sql`(case when ${hookRuns.round} > 0 then exists (
  select from operations whole join environments own on own.id = whole.environment_id
    where whole.id = ${hookRuns.operationId} and case whole.kind
      when 'environment.release' then true
      when 'environment.act' then own.state = 'ready'
      else own.state not in ('releasing', 'released') end)
  else not ${hookRuns.isGate} or exists (
  select from operations whole where whole.id = ${hookRuns.operationId}
    and whole.state in (${sql.join(
      liveOperationStates.map((state) => sql`${state}`),
      sql`, `,
    )})) end)`;

function heldRun(run: Pick<HookRunRow, "id" | "fence">) {
  return and(eq(hookRuns.id, run.id), eq(hookRuns.fence, run.fence), eq(hookRuns.state, "running"));
}
