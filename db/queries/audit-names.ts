import { and, eq, ilike, type SQL, sql } from "drizzle-orm";
import type { PgColumn } from "drizzle-orm/pg-core";
import type { Transaction } from "#db/client";
import { containing } from "#db/queries/like";
import { auditEvents, type auditNameKinds, auditNames, chainOf } from "#db/schema/audit-events";

type Kind = (typeof auditNameKinds)[number];

/** A whole name that events of one chain have. */
export type AuditName = { chain: string; name: string };

const columnOf = {
  action: auditEvents.action,
  actor: auditEvents.actorName,
  object: auditEvents.objectName,
} satisfies Record<Kind, PgColumn>;

/** The names that have this text in them: of one chain, or of all that the transaction sees; `most` at most. */
export async function findAuditNames(
  tx: Transaction,
  {
    kind,
    part,
    chain,
    most,
  }: { kind: Kind; part: string; chain: string | undefined; most: number },
): Promise<AuditName[]> {
  return tx
    .select({ chain: auditNames.chain, name: auditNames.name })
    .from(auditNames)
    .where(
      and(
        eq(auditNames.kind, kind),
        ilike(auditNames.name, containing(part)),
        chain ? eq(auditNames.chain, chain) : undefined,
      ),
    )
    .limit(most);
}

/** Which events are wanted, and how many. */
export type WantedEvents = { where: SQL | undefined; limit: number };

/** The newest events of these names that are wanted, `limit` of each: a query for their ids. */
export function newestOfNames(kind: Kind, names: readonly AuditName[], wanted: WantedEvents): SQL {
  const chains = sql.param(names.map(({ chain }) => chain));
  const texts = sql.param(names.map(({ name }) => name));
  const ofChain = sql`${chainOf(auditEvents)} = named.chain`;
  return sql`select newest.id from unnest(${chains}::text[], ${texts}::text[]) as named (chain, name)
    cross join lateral (${newest(columnOf[kind], sql`named.name`, ofChain, wanted)}) as newest`;
}

/** The newest events of an object, likewise. */
export function newestOfObject(objectId: string, wanted: WantedEvents): SQL {
  return sql`(${newest(auditEvents.objectId, sql`${objectId}`, undefined, wanted)})`;
}

/**
 * Has the rest of the transaction read lists in the order of an index, and sort none: a part of a name is
 * worth one row in ten thousand to the planner where row-level security is, and for a page of what nearly
 * every event has it would sort the whole log.
 */
export async function readInOrder(tx: Transaction): Promise<void> {
  await tx.execute(sql`set local enable_sort = off`);
}

/**
 * A range of one value, in the order of its column's index, which no other has: of one that is equal, the
 * planner would read the log from its end, and all of it where the value is rarer than others.
 */
function newest(column: PgColumn, is: SQL, besides: SQL | undefined, wanted: WantedEvents): SQL {
  const { at, id } = auditEvents;
  const those = and(besides, sql`${column} >= ${is}`, sql`${column} <= ${is}`, wanted.where);
  return sql`select ${id} from ${auditEvents} where ${those}
    order by ${column} desc, ${at} desc, ${id} desc limit ${wanted.limit}`;
}
