import { and, eq, isNull, sql } from "drizzle-orm";
import type { Transaction } from "#db/client";
import { profiles } from "#db/schema/catalogue";
import { quotas } from "#db/schema/quotas";
import type { Id } from "#lib/domain/id";
import { isAddressSubject, type QuotaDimension, subjectWords } from "#lib/domain/quota/quota";
import type { QuotaSubject } from "#lib/domain/quota/split";

type Line = { tenantId: Id<"tenant">; dimension: QuotaDimension; subject: string };

/** All limits of one subject in a tenant: its own (project null) and its projects'. */
export async function listLimits(tx: Transaction, line: Line) {
  return tx
    .select({ projectId: quotas.projectId, limit: quotas.limit })
    .from(quotas)
    .where(
      and(
        eq(quotas.tenantId, line.tenantId),
        eq(quotas.dimension, line.dimension),
        eq(quotas.subject, line.subject),
      ),
    );
}

/** Sets the limit of a tenant (project null) or of a project; null takes it away. */
export async function setLimit(
  tx: Transaction,
  line: Line & { projectId: Id<"project"> | null },
  limit: number | null,
): Promise<void> {
  await tx
    .delete(quotas)
    .where(
      and(
        eq(quotas.tenantId, line.tenantId),
        line.projectId ? eq(quotas.projectId, line.projectId) : isNull(quotas.projectId),
        eq(quotas.dimension, line.dimension),
        eq(quotas.subject, line.subject),
      ),
    );
  if (limit === null) return;
  const { tenantId, projectId, dimension, subject } = line;
  await tx.insert(quotas).values({ tenantId, projectId, dimension, subject, limit });
}

/**
 * What is limited, in words, or undefined when nothing is known of it: no profile that the scope may
 * see is about it, and no limit was ever set.
 */
export async function describeSubject(
  tx: Transaction,
  dimension: QuotaDimension,
  subject: string,
): Promise<QuotaSubject | undefined> {
  if (dimension === "public_ips") {
    if (!isAddressSubject(subject)) return undefined;
    return { dimension, subject, words: subjectWords(dimension, subject, undefined) };
  }
  const [profile] = await tx
    .select({ name: profiles.name, gpuModel: profiles.gpuModel })
    .from(profiles)
    .where(dimension === "gpus" ? eq(profiles.gpuModel, subject) : eq(profiles.id, sql`${subject}`))
    .limit(1);
  if (profile) {
    const words = dimension === "gpus" ? `${profile.gpuModel} GPUs` : `nodes of ${profile.name}`;
    return { dimension, subject, words };
  }
  const [limit] = await tx
    .select({ limit: quotas.limit })
    .from(quotas)
    .where(and(eq(quotas.dimension, dimension), eq(quotas.subject, subject)))
    .limit(1);
  if (!limit) return undefined;
  const words = dimension === "gpus" ? `${subject} GPUs` : "nodes of this profile";
  return { dimension, subject, words };
}
