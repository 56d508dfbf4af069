import { eq } from "drizzle-orm";
import type { Transaction } from "#db/client";
import { providers } from "#db/schema/hooks";
import type { Id } from "#lib/domain/id";

/** A provider without its secret, held until the transaction ends. */
export async function lockProvider(tx: Transaction, id: Id<"provider">) {
  const [row] = await tx
    .select({
      id: providers.id,
      name: providers.name,
      state: providers.state,
      address: providers.address,
      path: providers.path,
      changedAt: providers.changedAt,
      changedByName: providers.changedByName,
    })
    .from(providers)
    .where(eq(providers.id, id))
    .for("no key update");
  return row;
}
