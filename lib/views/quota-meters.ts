import { inArray } from "drizzle-orm";
import type { Transaction } from "#db/client";
import { listQuotaLines } from "#db/queries/quotas";
import { profiles } from "#db/schema/catalogue";
import type { Id } from "#lib/domain/id";
import { subjectWords } from "#lib/domain/quota/quota";
import type { QuotaMeter } from "#lib/schemas/environment-view";

/**
 * The limits of a tenant, and of one of its projects when named, ready to be shown; a hold that is named
 * does not count.
 */
export async function quotaMeters(
  tx: Transaction,
  tenantId: Id<"tenant">,
  projectId: Id<"project"> | null,
  own: Id<"hold"> | null = null,
): Promise<QuotaMeter[]> {
  const lines = await listQuotaLines(tx, tenantId, projectId, own);
  const profileIds = lines.flatMap((line) =>
    line.dimension === "nodes" ? [line.subject as Id<"profile">] : [],
  );
  const names = new Map<string, string>(
    profileIds.length === 0
      ? []
      : (
          await tx
            .select({ id: profiles.id, name: profiles.name })
            .from(profiles)
            .where(inArray(profiles.id, profileIds))
        ).map((row) => [row.id, row.name]),
  );
  return lines.map((line) => ({
    ...line,
    label: subjectWords(line.dimension, line.subject, names.get(line.subject)),
  }));
}
