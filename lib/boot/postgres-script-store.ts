import { and, asc, eq, inArray, isNotNull, isNull, or, type SQL, sql } from "drizzle-orm";
import type { Database, Transaction } from "#db/client";
import { listDryOutputs, scriptDeadline } from "#db/queries/dry-runs";
import { listOutputs } from "#db/queries/hook-runs";
import { announce, wakeOperations, wakeWorkers } from "#db/queries/operations";
import { ended, giveUpScripts } from "#db/queries/script-runs";
import { dryCalls, dryRuns } from "#db/schema/dry-runs";
import { allocations } from "#db/schema/environments";
import { hookRuns } from "#db/schema/hooks";
import { operations } from "#db/schema/operations";
import { scriptRuns } from "#db/schema/script-runs";
import type { DueScript, ScriptStore } from "#lib/boot/script-store";
import type { BootWindow } from "#lib/boot/store";
import { liveHookRunStates } from "#lib/domain/hook/hook";
import { scriptLimits, unheardRunnerWords } from "#lib/domain/hook/script";
import { withMore } from "#lib/domain/hook/script-log";
import type { Id } from "#lib/domain/id";

/** A runner sends each byte that is no UTF-8 as a replacement character, of three. */
const longestSent = 3 * scriptLimits.logBytes;

/** The scripts of the database, under the role `ingot_worker`. */
export function postgresScriptStore(db: Database): ScriptStore {
  return {
    next: async (window) => {
      const [row] = await due(db, and(ofWindow(window), eq(scriptRuns.state, "offered")));
      return row && dueOf(row);
    },

    isNear: async (window) => {
      const isLent = eq(dryRuns.operationId, window.operationId);
      if ((await db.$count(dryRuns, isLent)) > 0) return true;
      if (!window.allocationId) return false;
      const rows = await db
        .select({ id: hookRuns.id })
        .from(allocations)
        .innerJoin(hookRuns, eq(hookRuns.environmentId, allocations.environmentId))
        .where(
          and(
            eq(allocations.id, window.allocationId),
            // Begun: those behind an approval may come days later.
            isNotNull(hookRuns.startedAt),
            inArray(hookRuns.state, [...liveHookRunStates]),
            sql`${hookRuns.definition} ->> 'kind' in ('script', 'wait')`,
            sql`jsonb_typeof(${hookRuns.definition} -> 'script') = 'object'`,
            // One that is left alone for longer between two attempts is heard of in time all the same.
            sql`${hookRuns.runAfter} <= now() + interval '30 seconds'`,
          ),
        )
        .limit(1);
      return rows.length > 0;
    },

    find: async (window, id) => {
      const isOpen = inArray(scriptRuns.state, ["offered", "running"]);
      const [row] = await due(db, and(ofWindow(window, id), isOpen));
      return row && dueOf(row);
    },

    outputs: ({ of }) =>
      "environmentId" in of ? listOutputs(db, of.environmentId) : listDryOutputs(db, of),

    begin: (window, id, runner) =>
      db.transaction(async (tx) => {
        const row = await lock(tx, ofWindow(window, id));
        if (row?.state === "running") return row.begunBy === runner.name;
        if (row?.state !== "offered") return false;
        const heardAt = runner.isHeard ? sql`now()` : null;
        await tx
          .update(scriptRuns)
          .set({ state: "running", begunBy: runner.name, startedAt: sql`now()`, heardAt })
          .where(eq(scriptRuns.id, id));
        await wake(tx, row);
        return true;
      }),

    addToLog: (window, id, { offset, bytes, fold }) =>
      db.transaction(async (tx) => {
        const row = await lock(tx, ofWindow(window, id));
        if (row?.state !== "running" || offset > row.logBytes) return false;
        // What came before; or nothing, by which a runner is heard, and hears whether its script is wanted.
        if (offset < row.logBytes || bytes === 0) {
          if (row.heardAt) await tx.update(scriptRuns).set(heard).where(eq(scriptRuns.id, id));
          return true;
        }
        // The node ends what writes more, but its tenant is root there and may send without end.
        if (offset + bytes > longestSent) return false;
        const { kept, sealedEnd } = fold(row.sealedEnd);
        await tx
          .update(scriptRuns)
          .set({ ...withMore(row, kept), ...heard, sealedEnd, logBytes: offset + bytes })
          .where(eq(scriptRuns.id, id));
        await tell(tx, row, "hooks");
        return true;
      }),

    end: (window, id, { verdict, fold }) =>
      db.transaction(async (tx) => {
        const row = await lock(tx, ofWindow(window, id));
        if (row?.state !== "running") return false;
        const { kept } = fold(row.sealedEnd);
        await tx
          .update(scriptRuns)
          .set({ ...verdict, ...withMore(row, kept), ...ended })
          .where(eq(scriptRuns.id, id));
        await wake(tx, row);
        return true;
      }),

    endUnheard: async (listenedSeconds) => {
      const isUnheard = and(
        eq(scriptRuns.state, "running"),
        sql`${scriptRuns.heardAt} < now() - make_interval(secs => ${scriptLimits.unheardSeconds})`,
        sql`${listenedSeconds}::float8 >= ${scriptLimits.unheardSeconds}`,
      );
      const found = await db.select({ id: scriptRuns.id }).from(scriptRuns).where(isUnheard);
      for (const { id } of found) {
        await db.transaction(async (tx) => {
          const row = await lock(tx, and(eq(scriptRuns.id, id), isUnheard));
          if (!row) return;
          await giveUpScripts(tx, [row], unheardRunnerWords);
          await wake(tx, row);
        });
      }
    },
  };
}

/** Of a runner that has said it would be heard: it was, just now. */
const heard = { heardAt: sql`case when ${scriptRuns.heardAt} is not null then now() end` };

/** A script is of a window when it is for whom the window's node is held, or of the operation it is lent to. */
function ofWindow(
  { allocationId, operationId }: BootWindow,
  id?: Id<"scriptRun">,
): SQL | undefined {
  const isOfNode = allocationId
    ? eq(scriptRuns.allocationId, allocationId)
    : and(isNull(scriptRuns.allocationId), eq(scriptRuns.operationId, operationId));
  return and(
    isOfNode,
    id && eq(scriptRuns.id, id),
    or(
      inArray(hookRuns.state, [...liveHookRunStates]),
      inArray(dryCalls.state, ["ready", "running"]),
    ),
  );
}

const versionOf = sql`coalesce(
    (select own.template_version_id from environments own where own.id = ${hookRuns.environmentId}),
    (select dry.template_version_id from dry_runs dry where dry.id = ${dryCalls.dryRunId}))`;

const kept = sql`coalesce(${hookRuns.input}, ${dryCalls.input})`;

/**
 * The action behind which a hook stands, as it was kept when it was pressed. A run of before kept no name for
 * what was left empty: what the version's action of that name asks for is there with nothing.
 */
const actionOf = sql<
  DueScript["action"]
>`${kept} -> 'action' || jsonb_build_object('inputs', coalesce(
    (select jsonb_object_agg(asked ->> 'name', null::text)
      from template_versions version, jsonb_array_elements(version.actions) declared,
        jsonb_array_elements(declared -> 'inputs') asked
      where version.id = ${versionOf} and declared -> 'name' = ${kept} #> '{action,name}'), '{}')
  || (${kept} #> '{action,inputs}'))`;

/** The inputs that may have been changed since the node was given them, as they were kept with the run. */
const changedOf = sql<DueScript["inputs"]>`coalesce(${kept} -> 'changeable', '{}')`;

function due(db: Database, which: SQL | undefined) {
  const { name, point, definition } = hookRuns;
  return db
    .select({
      script: scriptRuns,
      run: { name, point, definition },
      action: actionOf,
      inputs: changedOf,
      dry: {
        name: dryCalls.name,
        point: dryCalls.point,
        definition: dryCalls.definition,
        dryRunId: dryCalls.dryRunId,
        position: dryCalls.position,
      },
      secondsLeft: sql<number>`greatest(1, floor(extract(epoch from
        coalesce(${hookRuns.deadlineAt}, ${scriptDeadline}) - now())))::integer`,
    })
    .from(scriptRuns)
    .leftJoin(hookRuns, eq(hookRuns.id, scriptRuns.hookRunId))
    .leftJoin(dryCalls, eq(dryCalls.id, scriptRuns.dryCallId))
    .where(which)
    .orderBy(asc(scriptRuns.createdAt), asc(scriptRuns.id))
    .limit(1);
}

function dueOf({
  script: { id, environmentId, attempt, hostname, sealedSecrets },
  run,
  dry,
  action,
  inputs,
  secondsLeft,
}: Awaited<ReturnType<typeof due>>[number]): DueScript {
  const of = environmentId ? { environmentId } : dry;
  const hook = run ?? dry;
  const script = hook?.definition.script;
  if (!of || !hook || !script) throw new Error(`script run ${id} is of no hook with a script`);
  const { seconds } = hook.definition;
  return {
    ...{ id, of, attempt, hostname, secondsLeft, seconds },
    ...{ hook: hook.name, point: hook.point, script, action, inputs, sealedSecrets },
  };
}

type Locked = typeof scriptRuns.$inferSelect & { dryRunId: Id<"dryRun"> | null };

async function lock(tx: Transaction, which: SQL | undefined): Promise<Locked | undefined> {
  const [row] = await tx
    .select({ script: scriptRuns, dryRunId: dryCalls.dryRunId })
    .from(scriptRuns)
    .leftJoin(hookRuns, eq(hookRuns.id, scriptRuns.hookRunId))
    .leftJoin(dryCalls, eq(dryCalls.id, scriptRuns.dryCallId))
    .where(which)
    .for("no key update", { of: scriptRuns });
  return row && { ...row.script, dryRunId: row.dryRunId };
}

/** Pages that show it look again: at all of its environment, or at what its hooks write alone. */
async function tell(
  tx: Transaction,
  { dryRunId, environmentId }: Locked,
  what: "environment" | "hooks" = "environment",
): Promise<void> {
  await announce(tx, dryRunId ? `dry_run:${dryRunId}` : `${what}:${environmentId}`);
}

/** The worker looks again at what waits for this: the run of a hook, or the node that is lent. */
async function wake(tx: Transaction, row: Locked): Promise<void> {
  if (row.hookRunId) await wakeHookRun(tx, row.hookRunId);
  else await wakeOperations(tx, eq(operations.id, row.operationId));
  await tell(tx, row);
}

async function wakeHookRun(tx: Transaction, id: Id<"hookRun">): Promise<void> {
  await tx
    .update(hookRuns)
    .set({ runAfter: sql`now()` })
    .where(and(eq(hookRuns.id, id), inArray(hookRuns.state, [...liveHookRunStates])));
  await wakeWorkers(tx);
}
