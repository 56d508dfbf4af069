import { and, inArray, isNull } from "drizzle-orm";
import type { Transaction } from "#db/client";
import type { HookRunRow } from "#db/queries/hook-runs";
import { notifyOfEnvironment } from "#db/queries/notifications";
import { users } from "#db/schema/users";

/** Tells those who decide it that an approval waits for them: each run once. */
export async function notifyOfApproval(tx: Transaction, run: HookRunRow): Promise<void> {
  const { approvers } = run.definition;
  if (!approvers) return;
  const named =
    approvers.kind === "people"
      ? await tx
          .select({ id: users.id, operatorRole: users.operatorRole })
          .from(users)
          .where(and(inArray(users.email, approvers.emails), isNull(users.disabledAt)))
      : [];
  const key = `approval.asked:${run.id}`;
  await notifyOfEnvironment(tx, run.environmentId, (place) => {
    const asked = (at: "fleet" | "tenant") =>
      ({ kind: "approval.asked", data: { ...place, hook: run.name, at } }) as const;
    switch (approvers.kind) {
      case "operators":
        return [{ ...asked("fleet"), audience: "operators", dedupeKey: key }];
      case "tenant_admins":
        return [{ ...asked("tenant"), audience: "tenant_admins", dedupeKey: key }];
      case "people":
        // Operators who may only look decide where a tenant's own people do, if they are some.
        return named.map(({ id, operatorRole }) => ({
          ...asked(operatorRole === "fleet_admin" ? "fleet" : "tenant"),
          audience: "person",
          userId: id,
          dedupeKey: `${key}:${id}`,
        }));
    }
  });
}
