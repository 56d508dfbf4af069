import { and, asc, eq, gt, inArray, isNull, lte, type SQL, sql } from "drizzle-orm";
import type { Database, Transaction } from "#db/client";
import { isOpening } from "#db/queries/environment-operations";
import { announce } from "#db/queries/operations";
import { holdNodes, holds } from "#db/schema/holds";
import { nodes } from "#db/schema/nodes";
import { operations } from "#db/schema/operations";
import { type HoldEnding, holdMs, type PastHold } from "#lib/domain/hold/hold";
import { type ActorId, type Id, newId } from "#lib/domain/id";

export type HoldRow = typeof holds.$inferSelect;
type HoldNodeRow = typeof holdNodes.$inferSelect;

/** Holds that go on: nobody has ended them and their time is not over. */
export function isLive(): SQL | undefined {
  return and(isNull(holds.endedAt), gt(holds.until, sql`now()`));
}

/** The hold that a person has in a project now, if any. */
export async function findOwnHold(
  tx: Transaction,
  projectId: Id<"project">,
  actorId: ActorId,
): Promise<HoldRow | undefined> {
  const [row] = await tx
    .select()
    .from(holds)
    .where(and(eq(holds.projectId, projectId), eq(holds.heldBy, actorId), isLive()));
  return row;
}

/** One hold, over or not, of whoever the scope may see. */
export async function findHold(tx: Transaction, id: Id<"hold">): Promise<HoldRow | undefined> {
  const [row] = await tx.select().from(holds).where(eq(holds.id, id));
  return row;
}

/** True when the hold goes on. */
export async function goesOn(tx: Transaction, id: Id<"hold">): Promise<boolean> {
  return (await tx.$count(holds, and(eq(holds.id, id), isLive()))) === 1;
}

/** The nodes that a hold was made for, by name. */
export async function listHoldNodes(
  tx: Transaction,
  holdId: Id<"hold">,
): Promise<(HoldNodeRow & { nodeName: string | null })[]> {
  const rows = await tx
    .select({ row: holdNodes, nodeName: nodes.name })
    .from(holdNodes)
    // A node that an operator has taken meanwhile is not the tenant's to see.
    .leftJoin(nodes, eq(nodes.id, holdNodes.nodeId))
    .where(eq(holdNodes.holdId, holdId))
    .orderBy(asc(nodes.name));
  return rows.map(({ row, nodeName }) => ({ ...row, nodeName }));
}

/** The holds of a tenant that began in the last hour, as `mayHold` asks for them, and the clock. */
export async function listPastHolds(
  tx: Transaction,
  by: { tenantId: Id<"tenant">; projectId: Id<"project">; actorId: ActorId },
): Promise<{ past: PastHold[]; now: Date }> {
  const rows = await tx
    .select()
    .from(holds)
    .where(
      and(eq(holds.tenantId, by.tenantId), gt(holds.startedAt, sql`now() - interval '1 hour'`)),
    );
  return {
    past: rows.map((row) => ({
      isOwn: row.heldBy === by.actorId,
      isOfProject: row.projectId === by.projectId,
      startedAt: row.startedAt,
      endsAt: row.endedAt ?? row.until,
      ending: row.ending,
    })),
    now: await readClock(tx),
  };
}

async function readClock(tx: Transaction): Promise<Date> {
  const { rows } = await tx.execute<{ now: string }>(
    sql`select to_char(now() at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as now`,
  );
  if (!rows[0]) throw new Error("the database told no time");
  return new Date(rows[0].now);
}

/**
 * Puts nodes on hold: five minutes from now, or until the end of the hold that this one replaces. With
 * them it keeps what their network is to draw. The caller holds the nodes' rows, of which no other hold
 * may go on, and the pools (`lockSupply`).
 */
export async function insertHold(
  tx: Transaction,
  by: { tenantId: Id<"tenant">; projectId: Id<"project">; actorId: ActorId; actorName: string },
  replaced: Pick<HoldRow, "startedAt" | "until"> | undefined,
  held: readonly Omit<HoldNodeRow, "holdId" | "tenantId" | "projectId">[],
  network: Pick<HoldRow, "isPrivate" | "hasPartition">,
): Promise<HoldRow> {
  const place = { tenantId: by.tenantId, projectId: by.projectId };
  const [hold] = await tx
    .insert(holds)
    .values({
      ...place,
      id: newId("hold"),
      heldBy: by.actorId,
      heldByName: by.actorName,
      isPrivate: network.isPrivate,
      hasPartition: network.hasPartition,
      startedAt: replaced?.startedAt ?? sql`clock_timestamp()`,
      until: replaced?.until ?? sql`clock_timestamp() + ${holdMs} * interval '1 millisecond'`,
    })
    .returning();
  if (!hold) throw new Error("a hold was not written");
  await tx.insert(holdNodes).values(held.map((row) => ({ ...row, ...place, holdId: hold.id })));
  const ids = held.map((row) => row.nodeId);
  const kept = await tx
    .update(nodes)
    // To the microsecond: a moment that has been read is shorter.
    .set({ holdId: hold.id, holdUntil: sql`(select until from holds where id = ${hold.id})` })
    .where(inArray(nodes.id, ids))
    .returning({ id: nodes.id });
  if (kept.length < ids.length) throw new Error("a node was claimed and could not be held");
  await announce(tx, ...ids.map((id) => `node:${id}` as const));
  return hold;
}

/**
 * Ends a hold that goes on: its nodes are anybody's from now on, and its quota is free. The caller has
 * its tenant's quota (`lockQuota`), so that nobody else ends it meanwhile.
 */
export async function endHold(
  tx: Transaction,
  id: Id<"hold">,
  ending: Exclude<HoldEnding, "run_out">,
): Promise<void> {
  await tx
    .update(holds)
    .set({ endedAt: sql`least(${holds.until}, clock_timestamp())`, ending })
    .where(and(eq(holds.id, id), isNull(holds.endedAt)));
  const freed = await tx
    .update(nodes)
    .set({ holdUntil: sql`least(${nodes.holdUntil}, clock_timestamp())` })
    .where(eq(nodes.holdId, id))
    .returning({ id: nodes.id });
  await announce(tx, ...freed.map(({ id: nodeId }) => `node:${nodeId}` as const));
}

/**
 * Writes down that holds have run out: one person's in a project, or all that there are. One that a launch
 * would have used, which waits for its hooks yet, was not held for nothing.
 */
export async function endOver(
  tx: Transaction,
  of?: { projectId: Id<"project">; actorId: ActorId },
): Promise<HoldRow[]> {
  return tx
    .update(holds)
    .set({
      endedAt: sql`${holds.until}`,
      ending: sql`case when exists (select from ${operations} where ${isOpening}
        and ${operations.input} ->> 'hold' = ${holds.id}) then 'launched' else 'run_out' end`,
    })
    .where(
      and(
        isNull(holds.endedAt),
        lte(holds.until, sql`now()`),
        of && eq(holds.projectId, of.projectId),
        of && eq(holds.heldBy, of.actorId),
      ),
    )
    .returning();
}

/** Takes holds that are over off their nodes, but for those that somebody is taking at this moment. */
export async function clearNodesOfHolds(db: Database): Promise<void> {
  // A node that an operator had in hand when its hold was ended was not its tenant's to see.
  await db.execute(sql`update nodes n set hold_until = least(n.hold_until, clock_timestamp())
    from holds h where h.id = n.hold_id and h.ended_at is not null and n.hold_until > now()`);
  const over = db
    .select({ id: nodes.id })
    .from(nodes)
    .where(lte(nodes.holdUntil, sql`now()`))
    .for("no key update", { skipLocked: true });
  const freed = await db
    .update(nodes)
    .set({ holdId: null, holdUntil: null })
    .where(inArray(nodes.id, over))
    .returning({ id: nodes.id });
  await announce(db, ...freed.map(({ id }) => `node:${id}` as const));
}

/** Removes what was held so many days ago, a bounded number a time. */
export async function forgetHolds(db: Database, keepDays: number): Promise<void> {
  await db.execute(sql`delete from holds where id in (select id from holds
    where ended_at < now() - ${keepDays} * interval '1 day' order by id limit 1000)`);
}
