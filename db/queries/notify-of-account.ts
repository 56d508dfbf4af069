import type { Transaction } from "#db/client";
import { notify } from "#db/queries/notifications";
import type { Id } from "#lib/domain/id";
import type { AccountChange } from "#lib/domain/notification/notification";

/** Tells a person what was done to how they sign in: whoever it was, they hear of it. */
export async function notifyOfAccount(
  tx: Transaction,
  userId: Id<"user">,
  change: AccountChange,
): Promise<void> {
  await notify(tx, { kind: "account.changed", audience: "person", userId, data: change });
}
