import { and, asc, desc, eq, gt } from "drizzle-orm";
import type { Database } from "#db/client";
import { findEnvironment } from "#db/queries/environments";
import { allocations } from "#db/schema/environments";
import { operationLogs, operations } from "#db/schema/operations";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import { isId } from "#lib/domain/id";
import type { EnvironmentLog } from "#lib/schemas/environment-view";

const mostLines = 500;

/**
 * Log lines of an environment that came after the line `after`, oldest first; without it the last
 * ones there are. Null when the project has no such environment.
 */
export async function environmentLog(
  db: Database,
  grant: Grant<"environment.read">,
  id: string,
  after: number | null,
): Promise<EnvironmentLog | null> {
  if (!isId("environment", id)) return null;
  return withGrant(db, grant, async (tx) => {
    const environment = await findEnvironment(tx, grant, id);
    if (!environment) return null;
    const rows = await tx
      .select({ line: operationLogs, hostname: allocations.hostname })
      .from(operationLogs)
      .innerJoin(operations, eq(operations.id, operationLogs.operationId))
      .leftJoin(allocations, eq(allocations.id, operations.allocationId))
      .where(
        and(
          eq(operationLogs.environmentId, id),
          eq(operationLogs.tenantId, grant.tenantId),
          after === null ? undefined : gt(operationLogs.id, after),
        ),
      )
      .orderBy(after === null ? desc(operationLogs.id) : asc(operationLogs.id))
      .limit(mostLines);
    if (after === null) rows.reverse();
    return {
      lines: rows.map(({ line, hostname }) => ({
        id: line.id,
        at: line.at.toISOString(),
        source: line.source,
        level: line.level,
        hostname,
        step: line.step,
        message: line.message,
      })),
      last: rows.at(-1)?.line.id ?? after ?? 0,
      more: after !== null && rows.length === mostLines,
    };
  });
}
