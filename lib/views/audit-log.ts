import { and, desc, eq, ilike, isNotNull, or, type SQL, sql } from "drizzle-orm";
import type { Database } from "#db/client";
import { containing } from "#db/queries/like";
import { auditEvents, auditLinks } from "#db/schema/audit-events";
import { tenants } from "#db/schema/tenants";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import type { Id } from "#lib/domain/id";
import type { AuditFilter } from "#lib/schemas/audit";

export type AuditLogView = {
  events: {
    id: Id<"auditEvent">;
    at: string;
    /** Its place in the chain of its tenant, or of the fleet. */
    sequence: number;
    actor: string;
    /** The API token that was used, by its name. */
    token: string | null;
    action: string;
    outcome: "done" | "denied";
    objectKind: string | null;
    objectId: string | null;
    objectName: string | null;
    /** The tenant's slug, in the fleet's log. */
    tenant: string | null;
    detail: Record<string, unknown>;
    requestId: string | null;
    ipAddress: string | null;
    /** The link of the chain that ends in this event, in hexadecimal digits. */
    hash: string;
  }[];
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
    filter.tenant ? eq(tenants.slug, filter.tenant) : undefined,
    filter.outcome ? eq(auditEvents.outcome, filter.outcome) : undefined,
    startingAfter(filter.after),
  ];
  return withGrant(db, grant, async (tx) => {
    const rows = await tx
      .select({
        event: auditEvents,
        // Microseconds: a page that began at a rounded moment would repeat or lose an event.
        moment: sql<string>`to_char(${auditEvents.at} at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`,
        tenant: tenants.slug,
        sequence: auditLinks.sequence,
        hash: auditLinks.hash,
      })
      .from(auditEvents)
      .innerJoin(auditLinks, eq(auditLinks.eventId, auditEvents.id))
      .leftJoin(tenants, and(isNotNull(auditEvents.tenantId), eq(tenants.id, auditEvents.tenantId)))
      .where(and(...wanted))
      .orderBy(desc(auditEvents.at), desc(auditEvents.id))
      .limit(pageSize + 1);
    const page = rows.slice(0, pageSize);
    const last = page.at(-1);
    return {
      events: page.map(({ event, moment, tenant, sequence, hash }) => ({
        id: event.id,
        at: moment,
        sequence,
        actor: event.actorName,
        token: event.tokenName,
        action: event.action,
        outcome: event.outcome,
        objectKind: event.objectKind,
        objectId: event.objectId,
        objectName: event.objectName,
        tenant,
        detail: event.detail,
        requestId: event.requestId,
        ipAddress: event.ipAddress,
        hash: hash.toString("hex"),
      })),
      after: rows.length > pageSize && last ? `${last.moment},${last.event.id}` : null,
    };
  });
}

function startingAfter(after: string | undefined): SQL | undefined {
  const [at, id] = after?.split(",") ?? [];
  if (!at || !id || Number.isNaN(Date.parse(at))) return undefined;
  return sql`(${auditEvents.at}, ${auditEvents.id}) < (${at}::timestamptz, ${id})`;
}
