import { and, eq, gte, inArray, type SQL, sql } from "drizzle-orm";
import type { Database, Transaction } from "#db/client";
import { notifications } from "#db/schema/notifications";
import type { ProjectGrant, TenantGrant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import { type Id, isId, madeAtMs } from "#lib/domain/id";
import { type ToldEvent, toldEvent } from "#lib/domain/notification/event";
import { toldKinds } from "#lib/domain/notification/notification";

type EventsGrant = ProjectGrant<"environment.read"> | TenantGrant<"tenant.audit">;

/** So many events are read at once. */
const batch = 50;
/**
 * An event is seen when its transaction ends, and carries the moment at which that began. No
 * transaction of ours lives longer than this: so far back it is looked for what came late.
 */
const lateMs = 60_000;

/** Gives what was not given before, oldest first; nothing when there is nothing new. */
export type EventSource = { next: () => Promise<ToldEvent[]> };

/**
 * The events of a project, or of a whole tenant for those who run it: what its webhooks are told, and
 * never what operators or one person are told. From now on; or all that is stored from after the
 * event `lastId`, of which those from shortly before it may come again.
 */
export function eventSource(
  db: Database,
  grant: EventsGrant,
  { lastId, origin }: { lastId: Id<"notification"> | null; origin: string },
): EventSource {
  /** What was given, with its moment; what is older than we look back is forgotten. */
  const given = new Map<string, number>();
  let newestMs: number | null = null;

  async function begin(tx: Transaction): Promise<number> {
    const last = lastId === null ? null : await momentOf(tx, lastId);
    if (last !== null && lastId !== null) {
      given.set(lastId, last);
      return last;
    }
    const { rows } = await tx.execute<{ now: Date }>(sql`select now() as now`);
    const nowMs = new Date(rows[0]?.now ?? 0).getTime();
    const before = await read(tx, nowMs - lateMs, null, Number.MAX_SAFE_INTEGER);
    for (const { id, createdAt } of before) given.set(id, createdAt.getTime());
    return nowMs;
  }

  /** When an event was; of one that is forgotten, what its id says. */
  async function momentOf(tx: Transaction, id: Id<"notification">): Promise<number> {
    const [row] = await tx
      .select({ at: notifications.createdAt })
      .from(notifications)
      .where(and(eq(notifications.id, id), ...within(grant)));
    return row ? row.at.getTime() : madeAtMs(id);
  }

  function read(tx: Transaction, fromMs: number, after: Cursor | null, limit: number) {
    return tx
      .select({
        ...{ id: notifications.id, kind: notifications.kind, audience: notifications.audience },
        ...{ data: notifications.data, createdAt: notifications.createdAt },
        // To the microsecond, which a Date does not have.
        at: sql<string>`${notifications.createdAt}::text`,
      })
      .from(notifications)
      .where(
        and(
          ...within(grant),
          gte(notifications.createdAt, new Date(fromMs)),
          after
            ? sql`(${notifications.createdAt}, ${notifications.id}) > (${after.at}::timestamptz, ${after.id})`
            : undefined,
        ),
      )
      .orderBy(notifications.createdAt, notifications.id)
      .limit(limit);
  }

  async function look(tx: Transaction): Promise<Fresh[]> {
    newestMs ??= await begin(tx);
    const fromMs = newestMs - lateMs;
    const fresh: Fresh[] = [];
    for (let after: Cursor | null = null; fresh.length === 0; ) {
      const rows: Awaited<ReturnType<typeof read>> = await read(tx, fromMs, after, batch);
      for (const row of rows) {
        if (given.has(row.id)) continue;
        fresh.push({ id: row.id, atMs: row.createdAt.getTime(), event: toldEvent(row, origin) });
      }
      const last = rows.at(-1);
      if (rows.length < batch || !last) break;
      after = { at: last.at, id: last.id };
    }
    return fresh;
  }

  return {
    async next() {
      const fresh = await withGrant(db, grant, look);
      // Only now, when the transaction is over: what broke off before this was not given, and is read again.
      for (const { id, atMs } of fresh) {
        given.set(id, atMs);
        newestMs = Math.max(newestMs ?? atMs, atMs);
      }
      const fromMs = (newestMs ?? 0) - lateMs;
      for (const [id, atMs] of given) if (atMs < fromMs) given.delete(id);
      return fresh.map(({ event }) => event);
    },
  };
}

type Fresh = { id: string; atMs: number; event: ToldEvent };

type Cursor = { at: string; id: string };

/** What the grant is told of; that the tenant is its own the database sees to as well. */
function within(grant: EventsGrant): SQL[] {
  return [
    eq(notifications.tenantId, grant.tenantId),
    inArray(notifications.kind, toldKinds("tenant")),
    ...(grant.scope === "project"
      ? [eq(notifications.projectId, grant.projectId), eq(notifications.audience, "project")]
      : [inArray(notifications.audience, ["project", "tenant_admins"])]),
  ];
}

/** The id that a reader says it had last; null when it names none. */
export function lastIdOf(text: string | null): Id<"notification"> | null {
  return isId("notification", text) ? text : null;
}
