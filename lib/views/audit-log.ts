import { and, desc, eq, ilike, inArray, or, type SQL, sql } from "drizzle-orm";
import type { Database, Transaction } from "#db/client";
import { containing } from "#db/queries/like";
import { auditEvents, auditLinks } from "#db/schema/audit-events";
import { tenants } from "#db/schema/tenants";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import type { ToldAuditEvent } from "#lib/domain/notification/notification";
import type { AuditFilter } from "#lib/schemas/audit";

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
  grant: Grant<"fleet.audit"> | Grant<"tenant.audit">,
  filter: AuditFilter,
  pageSize = 50,
): Promise<AuditLogView> {
  const wanted: (SQL | undefined)[] = [
    grant.scope === "tenant" ? eq(auditEvents.tenantId, grant.tenantId) : undefined,
    filter.action ? ilike(auditEvents.action, containing(filter.action)) : undefined,
    filter.actor ? ilike(auditEvents.actorName, containing(filter.actor)) : undefined,
    filter.object
      ? or(
          eq(auditEvents.objectId, filter.object),
          ilike(auditEvents.objectName, containing(filter.object)),
        )
      : undefined,
    filter.tenant
      ? sql`${auditEvents.tenantId} = (select id from tenants where slug = ${filter.tenant})`
      : undefined,
    filter.outcome ? eq(auditEvents.outcome, filter.outcome) : undefined,
    startingAfter(filter.after),
  ];
  return withGrant(db, grant, async (tx) => {
    // The page alone, from its index; joined to a million links it would be read whole.
    const rows = await tx
      .select({
        event: auditEvents,
        // Microseconds: a page that began at a rounded moment would repeat or lose an event.
        moment: sql<string>`to_char(${auditEvents.at} at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`,
      })
      .from(auditEvents)
      .where(and(...wanted))
      .orderBy(desc(auditEvents.at), desc(auditEvents.id))
      .limit(pageSize + 1);
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

function startingAfter(after: string | undefined): SQL | undefined {
  const [at, id] = after?.split(",") ?? [];
  if (!at || !id || Number.isNaN(Date.parse(at))) return undefined;
  return sql`(${auditEvents.at}, ${auditEvents.id}) < (${at}::timestamptz, ${id})`;
}
