import {
  and,
  asc,
  desc,
  eq,
  gt,
  inArray,
  isNull,
  lte,
  ne,
  notInArray,
  or,
  type SQL,
  type SQLWrapper,
  sql,
} from "drizzle-orm";
import type { Transaction } from "#db/client";
import { nodes } from "#db/schema/nodes";
import { hasSqlState } from "#db/sql-state";
import type { NodePlace } from "#lib/domain/fabric/node-place";
import type { Id } from "#lib/domain/id";
import type { PoolKind } from "#lib/domain/pool/pool";

/**
 * How many nodes of one node type a launch needs. `onLeaves`: they talk over InfiniBand, and should
 * lie on the same leaves, else on one fabric.
 */
export type NodeNeed = { nodeTypeId: Id<"nodeType">; count: number; onLeaves?: boolean };

/** A node type of which too few are free, and how many there are. */
export type Shortage = NodeNeed & { free: number };

type TakenNode = { id: Id<"node">; name: string; rackId: Id<"rack"> };

export type TakenNodes =
  | { ok: true; nodes: Map<Id<"nodeType">, TakenNode[]> }
  | { ok: false; shortage: Shortage };

const lockNotAvailable = "55P03";

/** How long one launch waits for another that holds the last nodes and has not committed. */
const waitForOthersMs = 2_000;

/** Which nodes are looked at: those on hold for `own`, too, and of all only those in `racks`, where some are named. */
export type Among = { own?: Id<"hold"> | null; racks?: readonly Id<"rack">[] | null };

/**
 * The nodes that may be given to a tenant now: nothing is against it, and nobody has them on hold, or
 * it is the hold that is named.
 */
export function mayBeAllocated({ own = null, racks = null }: Among = {}): SQL | undefined {
  return and(
    nothingAgainst(),
    racks === null ? undefined : inArray(nodes.rackId, [...racks]),
    or(
      isNull(nodes.holdUntil),
      lte(nodes.holdUntil, sql`now()`),
      own === null ? undefined : eq(nodes.holdId, own),
    ),
  );
}

/**
 * The nodes of which nothing is known against giving them to a tenant, on hold or not:
 * `reasonsAgainstAllocation` said in SQL; a test holds the two together.
 */
function nothingAgainst(): SQL | undefined {
  return and(
    eq(nodes.lifecycle, "available"),
    eq(nodes.maintenance, false),
    eq(nodes.cordoned, false),
    notInArray(nodes.health, ["critical"]),
    notInArray(nodes.controllerState, ["auth_failed", "certificate_changed"]),
  );
}

/**
 * How many nodes may be given out now, by node type; a type with none is absent.
 */
export async function countFreeNodes(
  tx: Transaction,
  among: Among = {},
): Promise<Map<Id<"nodeType">, number>> {
  const rows = await tx
    .select({ nodeTypeId: nodes.nodeTypeId, free: sql<number>`count(*)::int` })
    .from(nodes)
    .where(mayBeAllocated(among))
    .groupBy(nodes.nodeTypeId);
  return new Map(rows.map((row) => [row.nodeTypeId, row.free]));
}

/** Of each node type the moments at which nodes that others have on hold are free again, soonest first. */
export async function listEndsOfHolds(
  tx: Transaction,
  { own = null, racks = null }: Among = {},
): Promise<Map<Id<"nodeType">, Date[]>> {
  const rows = await tx
    .select({ nodeTypeId: nodes.nodeTypeId, until: nodes.holdUntil })
    .from(nodes)
    .where(
      and(
        nothingAgainst(),
        gt(nodes.holdUntil, sql`now()`),
        racks === null ? undefined : inArray(nodes.rackId, [...racks]),
        own === null ? undefined : ne(nodes.holdId, own),
      ),
    )
    .orderBy(asc(nodes.holdUntil));
  const ends = new Map<Id<"nodeType">, Date[]>();
  for (const { nodeTypeId, until } of rows) {
    if (until) ends.set(nodeTypeId, [...(ends.get(nodeTypeId) ?? []), until]);
  }
  return ends;
}

/**
 * The moments, soonest first and to the hour, at which leases of nodes of a type end that are somebody's
 * now: as many as are asked for, and nothing of whose they are. Only of nodes at sites that have a pool of each
 * of these kinds.
 */
export async function listEndsOfLeases(
  tx: Transaction,
  nodeTypeId: Id<"nodeType">,
  most: number,
  kinds: readonly PoolKind[],
): Promise<Date[]> {
  const { rows } = await tx.execute<{ at: string }>(
    sql`select lease_ends(${nodeTypeId}, ${most}, ${sql.param([...kinds])}::text[]) as at`,
  );
  return rows.map((row) => new Date(row.at));
}

/** The racks in which nodes of these types stand that nothing is against, on hold or not. */
export async function listRacksOf(
  tx: Transaction,
  types: readonly Id<"nodeType">[],
): Promise<Id<"rack">[]> {
  const rows = await tx
    .selectDistinct({ rackId: nodes.rackId })
    .from(nodes)
    .where(and(inArray(nodes.nodeTypeId, [...types]), nothingAgainst()));
  return rows.map(({ rackId }) => rackId);
}

/** How many nodes that the hold that is named still has may be given out, by node type. */
export async function countOwnOnHold(
  tx: Transaction,
  own: Id<"hold">,
): Promise<Map<Id<"nodeType">, number>> {
  const rows = await tx
    .select({ nodeTypeId: nodes.nodeTypeId, free: sql<number>`count(*)::int` })
    .from(nodes)
    .where(and(nothingAgainst(), eq(nodes.holdId, own)))
    .groupBy(nodes.nodeTypeId);
  return new Map(rows.map((row) => [row.nodeTypeId, row.free]));
}

/** How many nodes may be given out now in each rack that has any, by node type. */
export async function countFreePerRack(
  tx: Transaction,
  among: Among = {},
): Promise<Map<Id<"nodeType">, number[]>> {
  const rows = await tx
    .select({ nodeTypeId: nodes.nodeTypeId, free: sql<number>`count(*)::int` })
    .from(nodes)
    .where(mayBeAllocated(among))
    .groupBy(nodes.nodeTypeId, nodes.rackId);
  const racks = new Map<Id<"nodeType">, number[]>();
  for (const { nodeTypeId, free } of rows) {
    racks.set(nodeTypeId, [...(racks.get(nodeTypeId) ?? []), free]);
  }
  return racks;
}

/** Where the nodes lie on InfiniBand that may be given out now, by node type. */
export async function countFreeByPlace(
  tx: Transaction,
  among: Among = {},
): Promise<Map<Id<"nodeType">, { place: NodePlace | null; free: number }[]>> {
  const rows = await tx
    .select({
      nodeTypeId: nodes.nodeTypeId,
      fabricKey: nodes.fabricKey,
      leafKeys: nodes.leafKeys,
      free: sql<number>`count(*)::int`,
    })
    .from(nodes)
    .where(mayBeAllocated(among))
    .groupBy(nodes.nodeTypeId, nodes.fabricKey, nodes.leafKeys);
  const places = new Map<Id<"nodeType">, { place: NodePlace | null; free: number }[]>();
  for (const { nodeTypeId, fabricKey, leafKeys, free } of rows) {
    const place = fabricKey !== null && leafKeys !== null ? { fabricKey, leafKeys } : null;
    places.set(nodeTypeId, [...(places.get(nodeTypeId) ?? []), { place, free }]);
  }
  return places;
}

/**
 * How many nodes of each of the types that a launch needs may be given out now, in each rack that has any,
 * and how many of them the hold that is named has.
 */
export async function listFreeRacks(
  tx: Transaction,
  needs: readonly Pick<NodeNeed, "nodeTypeId">[],
  own: Id<"hold"> | null,
): Promise<{ nodeTypeId: Id<"nodeType">; rackId: Id<"rack">; free: number; held: number }[]> {
  const types = needs.map((need) => need.nodeTypeId);
  return tx
    .select({
      nodeTypeId: nodes.nodeTypeId,
      rackId: nodes.rackId,
      free: sql<number>`count(*)::int`,
      held: sql<number>`count(*) filter (where ${nodes.holdId} = ${own})::int`,
    })
    .from(nodes)
    .where(and(inArray(nodes.nodeTypeId, types), mayBeAllocated({ own })))
    .groupBy(nodes.nodeTypeId, nodes.rackId);
}

/**
 * Finds free nodes and holds their rows until the transaction ends: all that are needed, or none.
 *
 * The first look passes over rows that another launch holds, and prefers for each node type the
 * fullest rack that has enough of them, so that one launch lands together; of nodes that talk over
 * InfiniBand first the fullest leaves that have enough. When it finds too few,
 * the others may still give theirs back; so a second look waits for them, for two seconds at most.
 *
 * Nodes of the hold that is named are free for this launch, and are taken before any others. Where
 * racks are named, nodes come from these alone.
 */
export async function takeFreeNodes(
  tx: Transaction,
  needs: readonly NodeNeed[],
  among: Among = {},
): Promise<TakenNodes> {
  const wanted = needs
    .filter((need) => need.count > 0)
    // Everyone takes node types, and then nodes, in the same order: no two launches can wait for
    // each other in a circle.
    .sort((a, b) => (a.nodeTypeId < b.nodeTypeId ? -1 : 1));
  const only = wanted.length === 1 ? wanted[0] : undefined;
  const taken =
    only?.count === 1
      ? await takeOne(tx, only, among)
      : await tryTake(tx, wanted, takeSkippingHeld, among);
  return taken ?? (await takeOrSayWhatIsShort(tx, wanted, among));
}

async function takeOrSayWhatIsShort(
  tx: Transaction,
  wanted: readonly NodeNeed[],
  among: Among,
): Promise<TakenNodes> {
  const taken = await tryTake(tx, wanted, takeWaiting, among);
  if (taken) return taken;
  const free = await countFreeNodes(tx, among);
  const short =
    wanted.find((need) => (free.get(need.nodeTypeId) ?? 0) < need.count) ?? wanted.at(-1);
  if (!short) throw new Error("a launch that needs no nodes cannot be short of them");
  // Rows held by others still count as free here; they are not free for this launch.
  const left = Math.min(free.get(short.nodeTypeId) ?? 0, short.count - 1);
  return { ok: false, shortage: { ...short, free: left } };
}

type Take = (tx: Transaction, need: NodeNeed, among: Among) => Promise<TakenNode[]>;

/** Of one node there is nothing to undo when there is none, and so no savepoint to make. */
async function takeOne(
  tx: Transaction,
  need: NodeNeed,
  among: Among,
): Promise<TakenNodes | undefined> {
  const rows = await takeSkippingHeld(tx, need, among);
  return rows.length === 0 ? undefined : { ok: true, nodes: new Map([[need.nodeTypeId, rows]]) };
}

/** Takes all that is wanted, or undoes what it took (a savepoint gives the row locks back). */
async function tryTake(
  tx: Transaction,
  wanted: readonly NodeNeed[],
  take: Take,
  among: Among,
): Promise<TakenNodes | undefined> {
  try {
    return await tx.transaction(async (savepoint) => {
      const taken = new Map<Id<"nodeType">, TakenNode[]>();
      for (const need of wanted) {
        const rows = await take(savepoint, need, among);
        if (rows.length < need.count) throw new TooFew();
        taken.set(need.nodeTypeId, rows);
      }
      return { ok: true, nodes: taken };
    });
  } catch (error) {
    if (error instanceof TooFew || hasSqlState(error, lockNotAvailable)) return undefined;
    throw error;
  }
}

class TooFew extends Error {}

const takenFields = { id: nodes.id, name: nodes.name, rackId: nodes.rackId };

async function takeSkippingHeld(tx: Transaction, need: NodeNeed, among: Among) {
  const { free, order } = need.onLeaves
    ? freeOnLeaves(tx, need, among)
    : freeInRacks(tx, need, among);
  const ranked = tx
    .select({ id: free.id })
    .from(free)
    .orderBy(...order, asc(free.id))
    .as("ranked");
  // One after the other in that order, and no more than are wanted, are looked at afresh and locked. To join
  // them all and lock those that come first is a nested loop wherever the planner expects few to be free: of
  // 500 free nodes it took 130 ms to find one.
  const taken = tx
    .select(takenFields)
    .from(nodes)
    .where(and(eq(nodes.id, ranked.id), mayBeAllocated(among)))
    .for("no key update", { skipLocked: true })
    .as("taken");
  return tx
    .select({ id: taken.id, name: taken.name, rackId: taken.rackId })
    .from(ranked)
    .innerJoinLateral(taken, sql`true`)
    .limit(need.count);
}

/** The free nodes of a type, and in which order they are given to a launch that is to land in one rack. */
function freeInRacks(tx: Transaction, need: NodeNeed, among: Among) {
  const free = tx
    .select(rackFields)
    .from(nodes)
    .where(and(eq(nodes.nodeTypeId, need.nodeTypeId), mayBeAllocated(among)))
    .as("free");
  return { free, order: [...ownFirst(free, among), ...rackOrder(free, need)] };
}

/** As `freeInRacks`, for nodes that talk over InfiniBand; `likelyPlaces` says the same in words for a preflight. */
function freeOnLeaves(tx: Transaction, need: NodeNeed, among: Among) {
  const free = tx
    .select({
      ...rackFields,
      fabricKey: nodes.fabricKey,
      leafKeys: nodes.leafKeys,
      // Nodes whose place is not known lie together with nobody.
      onLeaves:
        sql<number>`case when ${nodes.leafKeys} is null then 0 else count(*) over (partition by ${nodes.leafKeys}) end`.as(
          "on_leaves",
        ),
      onFabric:
        sql<number>`case when ${nodes.fabricKey} is null then 0 else count(*) over (partition by ${nodes.fabricKey}) end`.as(
          "on_fabric",
        ),
    })
    .from(nodes)
    .where(and(eq(nodes.nodeTypeId, need.nodeTypeId), mayBeAllocated(among)))
    .as("free");
  const order = [
    ...ownFirst(free, among),
    sql`${free.onLeaves} >= ${need.count} desc`,
    sql`case when ${free.onLeaves} >= ${need.count} then ${free.onLeaves} else 0 end`,
    sql`${free.onFabric} >= ${need.count} desc`,
    asc(free.fabricKey),
    desc(free.onLeaves),
    asc(free.leafKeys),
    ...rackOrder(free, need),
  ];
  return { free, order };
}

const rackFields = {
  id: nodes.id,
  holdId: nodes.holdId,
  rackId: nodes.rackId,
  inRack: sql<number>`count(*) over (partition by ${nodes.rackId})`.as("in_rack"),
};

/**
 * Of the racks that suffice the fullest, to keep large ones for large launches; of those that do not the
 * emptiest, to need few of them.
 */
function rackOrder(free: Record<"inRack" | "rackId", SQLWrapper>, { count }: NodeNeed): SQL[] {
  return [
    sql`${free.inRack} >= ${count} desc`,
    sql`case when ${free.inRack} >= ${count} then ${free.inRack} else -${free.inRack} end`,
    asc(free.rackId),
  ];
}

/** What somebody was promised they get. */
function ownFirst({ holdId }: { holdId: SQLWrapper }, { own = null }: Among): SQL[] {
  return own === null ? [] : [sql`${holdId} is not distinct from ${own} desc`];
}

async function takeWaiting(tx: Transaction, need: NodeNeed, among: Among) {
  await tx.execute(sql`select set_config('lock_timeout', ${`${waitForOthersMs}ms`}, true)`);
  const rows = await tx
    .select(takenFields)
    .from(nodes)
    .where(and(eq(nodes.nodeTypeId, need.nodeTypeId), mayBeAllocated(among)))
    .orderBy(...ownFirst(nodes, among), asc(nodes.id))
    .limit(need.count)
    .for("no key update");
  await tx.execute(sql`select set_config('lock_timeout', '0', true)`);
  return rows;
}
