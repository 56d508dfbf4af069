import { and, desc, eq, type SQL } from "drizzle-orm";
import type { Database, Transaction } from "#db/client";
import { auditEvents } from "#db/schema/audit-events";
import type { Grant, ProjectGrant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import { isId } from "#lib/domain/id";
import type { ActivityEvent } from "#lib/schemas/environment-view";

const mostEvents = 50;

/** Who did what to one environment, newest first. */
export async function environmentActivity(
  db: Database,
  grant: Grant<"environment.read">,
  id: string,
): Promise<ActivityEvent[]> {
  if (!isId("environment", id)) return [];
  return withGrant(db, grant, (tx) =>
    listActivity(tx, grant, mostEvents, eq(auditEvents.objectId, id)),
  );
}

/** Who did what in one project, newest first. */
export async function listActivity(
  tx: Transaction,
  grant: ProjectGrant,
  limit: number,
  condition?: SQL,
): Promise<ActivityEvent[]> {
  const rows = await tx
    .select()
    .from(auditEvents)
    .where(
      and(
        eq(auditEvents.tenantId, grant.tenantId),
        eq(auditEvents.projectId, grant.projectId),
        condition,
      ),
    )
    .orderBy(desc(auditEvents.at), desc(auditEvents.id))
    .limit(limit);
  return rows.map((row) => ({
    id: row.id,
    at: row.at.toISOString(),
    actorName: row.actorName,
    action: row.action,
    outcome: row.outcome,
    objectKind: row.objectKind,
    objectId: row.objectId,
    objectName: row.objectName,
    detail: row.detail,
  }));
}
