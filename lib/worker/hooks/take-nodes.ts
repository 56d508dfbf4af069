import { eq, sql } from "drizzle-orm";
import { type Database, inScope, type Transaction } from "#db/client";
import { listOpened, lockOpening } from "#db/queries/environment-operations";
import { type EnvironmentRow, lockEnvironment } from "#db/queries/environments";
import { lockHeldNodes } from "#db/queries/held-nodes";
import { goesOn } from "#db/queries/holds";
import { listHooksAt, listRunsOf } from "#db/queries/hook-runs";
import { findLongestLease } from "#db/queries/leases";
import { logLine, type OperationRow } from "#db/queries/operations";
import { lockQuota } from "#db/queries/quotas";
import { endWhole } from "#db/queries/settlement";
import { allocations, environments } from "#db/schema/environments";
import { recordEvents } from "#lib/access/audit";
import { orderParts } from "#lib/commands/order-operation";
import { refusable } from "#lib/commands/roll-back";
import { takeMissing } from "#lib/commands/take-missing";
import type { Log } from "#lib/config/log";
import { nodesText } from "#lib/domain/environment/node-groups";
import { hasHookEnded, openingPoints } from "#lib/domain/hook/hook";
import type { Id } from "#lib/domain/id";
import { refusalMessage } from "#lib/domain/refusal";
import { ok } from "#lib/domain/result";
import type { Witness } from "#lib/worker/journal";

const seen = { kind: "environment.launch" };

/**
 * Takes the nodes of every launch whose hooks before that have ended, by the rules of a launch, each in a
 * transaction of its own: nodes and parts are there together or not at all, so a worker that dies leaves
 * the launch to the next as it was. A hook that said no, and what quota, free nodes or pools do not allow
 * any more, ends the launch with those words and without a node.
 */
export async function takeNodes(input: {
  db: Database;
  log: Log;
  witness?: Witness | undefined;
}): Promise<void> {
  const { db, log, witness = () => {} } = input;
  for (const { id, tenantId, projectId, environmentId } of await listOpened(db)) {
    if (!tenantId || !projectId || !environmentId) continue;
    const place = { tenantId, projectId };
    const at = { place, environmentId, id };
    // Pools are drawn from by a tenant alone.
    const scope = { tenant: tenantId, user: "", fleet: "" } as const;
    try {
      witness("before_step", seen, "take nodes");
      const taken = await refusable(async () => {
        await inScope(db, scope, async (tx) => {
          await withOpening(tx, at, (...opened) => takeOrEnd(tx, place, ...opened));
          witness("before_commit", seen, "take nodes");
        });
        return ok(undefined);
      });
      if (!taken.ok) {
        const reason = `Its nodes could not be taken: ${refusalMessage(taken.refusal)}`;
        await inScope(db, scope, (tx) =>
          withOpening(tx, at, (_, whole) => endWhole(tx, whole, { state: "failed", reason })),
        );
      }
      witness("after_commit", seen, "take nodes");
    } catch (error) {
      // One that cannot be given its nodes keeps no other from them.
      log.error({ error, environmentId }, "nodes of a launch could not be taken");
    }
  }
}

type Place = { tenantId: Id<"tenant">; projectId: Id<"project"> };

/** Runs `work` with what nobody else changes before the commit; not when another was quicker. */
async function withOpening(
  tx: Transaction,
  at: { place: Place; environmentId: Id<"environment">; id: Id<"operation"> },
  work: (environment: EnvironmentRow, whole: OperationRow) => Promise<void>,
): Promise<void> {
  // In the order in which a launch and a retry lock.
  await lockQuota(tx, at.place.tenantId);
  const environment = await lockEnvironment(tx, at.place, at.environmentId);
  const whole = await lockOpening(tx, at.environmentId);
  // Meanwhile it may have been aborted, and tried again: that is another's turn.
  if (environment && whole?.id === at.id) await work(environment, whole);
}

async function takeOrEnd(
  tx: Transaction,
  place: Place,
  environment: EnvironmentRow,
  whole: OperationRow,
): Promise<void> {
  const hooks = await listHooksAt(tx, environment.id, openingPoints("environment.launch"));
  const asked = hooks.map((hook) => hook.name);
  const runs = await listRunsOf(tx, whole.id, asked);
  const stopped = runs.find(
    (run) => run.state === "failed" && run.definition.onFailure !== "continue",
  );
  if (stopped) {
    const reason = `Hook ${stopped.name}: ${stopped.words}`;
    return endWhole(tx, whole, { state: "aborted", reason });
  }
  if (runs.some((run) => !hasHookEnded(run.state))) return;
  const by = { ...place, actorId: whole.requestedBy, actorName: whole.requestedByName ?? "" };
  const named = whole.input?.hold;
  const own = named && (await goesOn(tx, named)) ? named : null;
  const held = await lockHeldNodes(tx, environment.id);
  const { nodes: added, network } = await takeMissing(tx, place, environment, held, own);
  await orderParts(
    tx,
    by,
    { id: whole.id, kind: "environment.launch", environmentId: environment.id },
    added,
  );
  await begin(tx, environment);
  const names = added.map((node) => node.nodeName);
  await recordEvents(tx, by, [
    {
      ...place,
      action: "environment.take_nodes",
      object: { kind: "environment", id: environment.id, name: environment.name },
      detail: {
        nodes: names,
        ...(own ? { hold: own } : {}),
        ...(network.length > 0 ? { network } : {}),
      },
    },
  ]);
  await logLine(tx, whole, {
    message: `${nodesText(added.length)} taken: ${names.join(", ")}.`,
  });
}

/**
 * It waits for nodes no more. Its lease counts from when there are some to stay on, and is no longer than
 * its template and their profiles allow.
 */
async function begin(tx: Transaction, { id }: EnvironmentRow): Promise<void> {
  const longest = await findLongestLease(tx, id);
  const began = sql`(select max(started_at) from ${allocations} where environment_id = ${id} and released_at is null)`;
  // It is as long as it was ordered: who was tried again may have waited for days before.
  const end = sql`${began} + (ends_at - created_at)`;
  const most = longest && sql`${began} + ${longest.hours} * interval '1 hour'`;
  // Of nulls the least is the other: one without an end has one when it has to have one by now.
  const lease = { endsAt: most ? sql`least(${end}, ${most})` : end };
  await tx
    .update(environments)
    .set({ ...lease, stateReason: null })
    .where(eq(environments.id, id));
}
