import { and, eq, inArray, isNotNull, isNull, not, or, type SQL, sql } from "drizzle-orm";
import type { Database, Transaction } from "#db/client";
import { settleNodeHealth, writeChanges } from "#db/queries/health-reasons";
import { controllerLooks } from "#db/schema/controller-looks";
import { controllerSamples } from "#db/schema/controller-samples";
import { allocations } from "#db/schema/environments";
import { healthReasons } from "#db/schema/health-reasons";
import { controllerCredentials, nodes } from "#db/schema/nodes";
import {
  type ControllerCode,
  controllerCodes,
  isToldToTenant,
} from "#lib/domain/health/controller-conditions";
import type { OpenReason } from "#lib/domain/health/controller-watch";
import type { HealthChange } from "#lib/domain/health/watch";
import type { Id } from "#lib/domain/id";
import type { SensorSample } from "#lib/domain/telemetry/sensor-metric";

export type ControllerLookRow = typeof controllerLooks.$inferSelect;

/** What keeps a controller from being asked by anybody, until an operator has seen to it. */
const refuses = sql`(${nodes.controllerState} in ('auth_failed', 'certificate_changed')
  or ${controllerCredentials.state} = 'rejected')`;

/**
 * Whose controller may be looked at: it is known which it is, it has refused nobody, and no operation
 * is on the node, which may be using it.
 */
const mayBeAsked: SQL | undefined = and(
  not(inArray(nodes.lifecycle, ["enrolled", "retired"])),
  not(refuses),
  or(eq(nodes.controllerProtocol, "ipmi"), isNotNull(nodes.controllerFingerprint)),
  sql`not exists (select from operations o where o.node_id = ${nodes.id}
    and o.state in ('ready','running','waiting','stuck'))`,
);

/** The nodes whose controllers may be looked at now. */
export function listWatchedControllers(db: Database): Promise<Id<"node">[]> {
  return listNodes(db, mayBeAsked);
}

/** Whether a node's controller may be looked at now. */
export async function mayBeLookedAt(db: Database, nodeId: Id<"node">): Promise<boolean> {
  return (await listNodes(db, and(eq(nodes.id, nodeId), mayBeAsked))).length === 1;
}

/** Whether a node's controller has refused the sign-in in use, or shows another certificate than before. */
export async function hasRefusedUs(db: Database, nodeId: Id<"node">): Promise<boolean> {
  return (await listNodes(db, and(eq(nodes.id, nodeId), refuses))).length === 1;
}

async function listNodes(db: Database, where: SQL | undefined): Promise<Id<"node">[]> {
  const rows = await db
    .select({ nodeId: nodes.id })
    .from(nodes)
    .innerJoin(controllerCredentials, eq(controllerCredentials.nodeId, nodes.id))
    .where(where);
  return rows.map(({ nodeId }) => nodeId);
}

/** What the next look at a node goes on from. */
export type LookBefore = {
  nodeId: Id<"node">;
  /** Who holds the node; null when nobody does. */
  allocationId: Id<"allocation"> | null;
  /** Null before the first look. */
  look: ControllerLookRow | null;
  open: OpenReason[];
};

/** Reads it; null where the controller may not be looked at now. */
export async function findLookBefore(db: Database, nodeId: Id<"node">): Promise<LookBefore | null> {
  const [row] = await db
    .select({ allocationId: allocations.id, look: controllerLooks })
    .from(nodes)
    .innerJoin(controllerCredentials, eq(controllerCredentials.nodeId, nodes.id))
    .leftJoin(controllerLooks, eq(controllerLooks.nodeId, nodes.id))
    .leftJoin(allocations, and(eq(allocations.nodeId, nodes.id), isNull(allocations.releasedAt)))
    .where(and(eq(nodes.id, nodeId), mayBeAsked));
  if (!row) return null;
  const reasons = await db.select().from(healthReasons).where(isOpenOf(nodeId));
  return {
    ...{ nodeId, allocationId: row.allocationId, look: row.look },
    open: reasons.map(({ code, allocationId, firstSeenAt, lastSeenAt }) => ({
      code: code as ControllerCode,
      ...{ firstSeenMs: firstSeenAt.getTime(), lastSeenMs: lastSeenAt.getTime() },
      isOfHolder: allocationId === ownerOf(code as ControllerCode, row.allocationId),
    })),
  };
}

/** The open reasons that a node's controller is looked at for. */
function isOpenOf(nodeId: Id<"node">): SQL | undefined {
  return and(
    eq(healthReasons.nodeId, nodeId),
    inArray(healthReasons.code, [...controllerCodes]),
    isNull(healthReasons.closedAt),
  );
}

/** Whose a reason is: the tenant's who is told of it, or nobody's. */
function ownerOf(code: ControllerCode, holder: Id<"allocation"> | null): Id<"allocation"> | null {
  return isToldToTenant(code) ? holder : null;
}

/**
 * Writes one look, all or nothing: what was measured, what has changed in the node's health, and up to
 * where its logs were read, so that no entry counts twice. Gives false, and writes nothing, when the
 * node has gone to another holder since `before` was read, or another worker has looked.
 */
export async function writeLook(
  db: Database,
  before: LookBefore,
  now: {
    look: ControllerLookRow;
    sample: SensorSample | null;
    changes: readonly (HealthChange & { code: ControllerCode })[];
    /** What the look said something of. */
    judged: readonly ControllerCode[];
  },
): Promise<boolean> {
  const { nodeId, allocationId } = before;
  const { look, sample, changes, judged } = now;
  return db.transaction(async (tx) => {
    await holdOpen(tx, nodeId);
    if (!(await isAsBefore(tx, before))) return false;
    await tx
      .insert(controllerLooks)
      .values(look)
      .onConflictDoUpdate({ target: controllerLooks.nodeId, set: look });
    if (sample) await tx.insert(controllerSamples).values({ nodeId, at: look.triedAt, ...sample });
    // A reason of another holder's time goes on as one of this one's, or of nobody's. What nothing was
    // found out about stays as it is: a node is not well because its controller is silent.
    const others = before.open.filter(
      ({ code, isOfHolder }) => !isOfHolder && judged.includes(code),
    );
    if (others.length > 0) {
      const codes = others.map(({ code }) => code);
      await endOfOthers(tx, nodeId, { allocationId, codes, closedAt: look.triedAt });
    }
    await writeChanges(
      tx,
      changes.map((change) => ({
        ...{ ...change, nodeId, allocationId: ownerOf(change.code, allocationId) },
      })),
    );
    if (others.length > 0) await settleNodeHealth(tx, [nodeId]);
    return true;
  });
}

/** Holds what is open before the node, as everybody does who writes a reason: two cannot wait for each other. */
async function holdOpen(tx: Transaction, nodeId: Id<"node">): Promise<void> {
  await tx
    .select({ id: healthReasons.id })
    .from(healthReasons)
    .where(isOpenOf(nodeId))
    .orderBy(healthReasons.id)
    .for("update");
}

/** Holds the node, and says whether it is as it was. */
async function isAsBefore(tx: Transaction, { nodeId, allocationId, look }: LookBefore) {
  const { rows: held } = await tx.execute(sql`
    select from nodes n where n.id = ${nodeId} and n.lifecycle <> 'retired' for no key update`);
  if (held.length === 0) return false;
  // Read by a statement of its own: what was written while the node was waited for is seen by the next.
  const { rows } = await tx.execute<{ holder: string | null; tried: number | null }>(sql`
    select (select a.id from allocations a where a.node_id = ${nodeId} and a.released_at is null)
        as holder,
      round(extract(epoch from (
        select l.tried_at from controller_looks l where l.node_id = ${nodeId})) * 1000)::float8
        as tried`);
  const [row] = rows;
  return row?.holder === allocationId && row.tried === (look?.triedAt.getTime() ?? null);
}

async function endOfOthers(
  tx: Transaction,
  nodeId: Id<"node">,
  of: { allocationId: Id<"allocation"> | null; codes: ControllerCode[]; closedAt: Date },
): Promise<void> {
  const { allocationId, codes, closedAt } = of;
  await tx
    .update(healthReasons)
    .set({ closedAt, closedHow: "ended" })
    .where(
      and(
        isOpenOf(nodeId),
        inArray(healthReasons.code, codes.filter(isToldToTenant)),
        sql`${healthReasons.allocationId} is distinct from ${allocationId}`,
      ),
    );
}

/**
 * Ends what is open of nodes that nobody looks at any more, since they are retired: what is nobody's, and
 * what a controller told in the time of a tenant that has ended.
 */
export async function endRetired(db: Database): Promise<void> {
  await db.execute(sql`
    update health_reasons r set closed_at = now(), closed_how = 'ended' from nodes n
    where n.id = r.node_id and n.lifecycle = 'retired' and r.closed_at is null
      and (r.allocation_id is null or r.code = any (${sql.param([...controllerCodes])}::text[])
        and exists (select from allocations a
          where a.id = r.allocation_id and a.released_at is not null))`);
}
