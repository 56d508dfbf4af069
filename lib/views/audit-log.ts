import { and, desc, eq, ilike, inArray, or, type SQL, sql } from "drizzle-orm";
import type { Database, Transaction } from "#db/client";
import {
  findAuditNames,
  newestOfNames,
  newestOfObject,
  readInOrder,
  type WantedEvents,
} from "#db/queries/audit-names";
import { containing } from "#db/queries/like";
import { exactly, following } from "#db/queries/place";
import { auditEvents, auditLinks, auditNameKinds } from "#db/schema/audit-events";
import { tenants } from "#db/schema/tenants";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import type { Id } from "#lib/domain/id";
import type { ToldAuditEvent } from "#lib/domain/notification/notification";
import type { AuditFilter } from "#lib/schemas/audit";

type AuditGrant = Grant<"fleet.audit"> | Grant<"tenant.audit">;

export type AuditLogView = {
  events: ToldAuditEvent[];
  /** Where the next page begins, or null on the last. */
  after: string | null;
};

/**
 * One page of the audit log, newest first: everything for an operator, a tenant's own events for
 * its owners and admins.
 */
export async function auditLog(
  db: Database,
  grant: AuditGrant,
  filter: AuditFilter,
  pageSize = 50,
): Promise<AuditLogView> {
  const parts = and(
    filter.action ? ilike(auditEvents.action, containing(filter.action)) : undefined,
    filter.actor ? ilike(auditEvents.actorName, containing(filter.actor)) : undefined,
    filter.object
      ? or(
          eq(auditEvents.objectId, filter.object),
          ilike(auditEvents.objectName, containing(filter.object)),
        )
      : undefined,
  );
  return withGrant(db, grant, async (tx) => {
    const tenant = filter.tenant ? await idOfTenant(tx, filter.tenant) : undefined;
    const isForeign = grant.scope === "tenant" && tenant !== grant.tenantId;
    if (filter.tenant && (!tenant || isForeign)) return { events: [], after: null };
    const chain = grant.scope === "tenant" ? grant.tenantId : tenant;
    const which = and(
      chain && eq(auditEvents.tenantId, chain),
      // As the index has it: of a value that is told apart, a prepared statement would not know.
      filter.outcome && sql`${auditEvents.outcome} = ${sql.raw(`'${filter.outcome}'`)}`,
      following(filter.after, auditEvents.at, auditEvents.id),
    );
    const limit = pageSize + 1;
    const wanted = { where: and(which, parts), limit };
    const some = parts && (await idsOf(tx, filter, chain, wanted));
    if (parts && !some) await readInOrder(tx);
    // The page alone, from its index; joined to a million links it would be read whole.
    const rows = await tx
      .select({
        event: auditEvents,
        moment: exactly(auditEvents.at),
      })
      .from(auditEvents)
      .where(some ? sql`${auditEvents.id} = any (array(${some}))` : wanted.where)
      .orderBy(desc(auditEvents.at), desc(auditEvents.id))
      .limit(limit);
    const page = rows.slice(0, pageSize);
    const { links, slugs } = await besides(
      tx,
      page.map(({ event }) => event),
    );
    const last = page.at(-1);
    return {
      events: page.map(({ event, moment }) => {
        const link = links.get(event.id);
        if (!link) throw new Error(`the audit event ${event.id} is in no chain`);
        return {
          id: event.id,
          at: moment,
          sequence: link.sequence,
          actor: event.actorName,
          token: event.tokenName,
          sessionId: event.sessionId,
          action: event.action,
          outcome: event.outcome,
          objectKind: event.objectKind,
          objectId: event.objectId,
          objectName: event.objectName,
          tenant: (event.tenantId && slugs.get(event.tenantId)) ?? null,
          detail: event.detail,
          requestId: event.requestId,
          ipAddress: event.ipAddress,
          hash: link.hash.toString("hex"),
        };
      }),
      after: rows.length > pageSize && last ? `${last.moment},${last.event.id}` : null,
    };
  });
}

/**
 * With more whole names than make this many events for a page, the log itself, read from its end, soon has a
 * page of them. Each name is asked for a whole page.
 */
const mostRead = 10_000;

/**
 * The ids of a page's events that have parts of names: by the part that leaves the fewest names, for the
 * others to be asked of those alone; undefined where none leaves few.
 */
async function idsOf(
  tx: Transaction,
  filter: AuditFilter,
  chain: Id<"tenant"> | undefined,
  wanted: WantedEvents,
): Promise<SQL | undefined> {
  const mostNames = Math.floor(mostRead / wanted.limit);
  const found = [];
  for (const kind of auditNameKinds) {
    const part = filter[kind];
    if (!part) continue;
    const names = await findAuditNames(tx, { kind, part, chain, most: mostNames + 1 });
    if (names.length <= mostNames) found.push({ kind, names });
  }
  const [fewest] = found.sort((a, b) => a.names.length - b.names.length);
  if (!fewest) return undefined;
  const ofNames = newestOfNames(fewest.kind, fewest.names, wanted);
  return fewest.kind === "object"
    ? sql`${ofNames} union all ${newestOfObject(filter.object, wanted)}`
    : ofNames;
}

async function idOfTenant(tx: Transaction, slug: string): Promise<Id<"tenant"> | undefined> {
  const [row] = await tx.select({ id: tenants.id }).from(tenants).where(eq(tenants.slug, slug));
  return row?.id;
}

/** What is told of a page's events beside themselves: their links, and their tenants' slugs. */
async function besides(tx: Transaction, events: (typeof auditEvents.$inferSelect)[]) {
  const ids = events.map(({ id }) => id);
  const tenantIds = [...new Set(events.flatMap(({ tenantId }) => tenantId ?? []))];
  const links = await tx.select().from(auditLinks).where(inArray(auditLinks.eventId, ids));
  const named = await tx
    .select({ id: tenants.id, slug: tenants.slug })
    .from(tenants)
    .where(inArray(tenants.id, tenantIds));
  return {
    links: new Map(links.map((link) => [link.eventId, link])),
    slugs: new Map(named.map(({ id, slug }) => [id, slug])),
  };
}
