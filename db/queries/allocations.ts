import { and, eq, isNull, sql } from "drizzle-orm";
import type { Database, Transaction } from "#db/client";
import { templateVersions } from "#db/schema/catalogue";
import { allocations, environments } from "#db/schema/environments";
import type { PutKeys } from "#lib/domain/environment/authorized-key";
import type { Id } from "#lib/domain/id";

type Reader = Database | Transaction;

/** An allocation with what its node's boot needs to know of the environment. */
export async function findAllocationForBoot(db: Reader, id: Id<"allocation">) {
  const [row] = await db
    .select({
      allocation: allocations,
      environment: environments,
      bootConfig: templateVersions.bootConfig,
    })
    .from(allocations)
    .innerJoin(environments, eq(environments.id, allocations.environmentId))
    .innerJoin(templateVersions, eq(templateVersions.id, environments.templateVersionId))
    .where(eq(allocations.id, id));
  return row;
}

/** Ends an allocation: the tenant holds the node, and its quota, no longer. */
export async function endAllocation(tx: Transaction, id: Id<"allocation">): Promise<void> {
  await tx
    .update(allocations)
    .set({ releasedAt: sql`now()` })
    .where(and(eq(allocations.id, id), isNull(allocations.releasedAt)));
}

/** Keeps which keys were put on the node of an allocation. */
export async function notePutKeys(
  tx: Transaction,
  id: Id<"allocation">,
  putKeys: PutKeys,
): Promise<void> {
  await tx.update(allocations).set({ putKeys }).where(eq(allocations.id, id));
}
