import { and, asc, eq } from "drizzle-orm";
import type { Database, Transaction } from "#db/client";
import { type EnvironmentRow, lockEnvironment } from "#db/queries/environments";
import { leaseIsOver } from "#db/queries/leases";
import { notifyOfEnvironment } from "#db/queries/notifications";
import { environments } from "#db/schema/environments";
import { recordEvents } from "#lib/access/audit";
import { giveBack } from "#lib/commands/give-back";
import { refusable } from "#lib/commands/roll-back";
import type { Log } from "#lib/config/log";
import { nodesText } from "#lib/domain/environment/node-groups";
import { type Refusal, refusalMessage } from "#lib/domain/refusal";
import { ok, type Result } from "#lib/domain/result";

/** More than can be refused at once: those that come after them are reached, too. */
const mostAtOnce = 1_000;

/**
 * Releases every environment whose lease is over, as a person would, each in a transaction of its own.
 * One that cannot be released now, since an operator works on one of its nodes, is tried next time.
 */
export async function endLeases({ db, log }: { db: Database; log: Log }): Promise<void> {
  const over = await db
    .select()
    .from(environments)
    .where(leaseIsOver())
    .orderBy(asc(environments.endsAt))
    .limit(mostAtOnce);
  for (const environment of over) {
    try {
      const ended = await refusable(() => db.transaction((tx) => endLease(tx, environment)));
      if (!ended.ok) {
        const reason = refusalMessage(ended.refusal);
        log.warn({ environmentId: environment.id, reason }, "a lease is not ended yet");
      }
    } catch (error) {
      // One that cannot be ended keeps no other from it.
      log.error({ error, environmentId: environment.id }, "a lease could not be ended");
    }
  }
}

async function endLease(
  tx: Transaction,
  { id, tenantId, projectId }: Pick<EnvironmentRow, "id" | "tenantId" | "projectId">,
): Promise<Result<void, Refusal>> {
  const place = { tenantId, projectId };
  const by = { ...place, actorId: null, actorName: "End of the lease" };
  const environment = await lockEnvironment(tx, place, id);
  // Somebody may have extended or released it meanwhile.
  const [still] = await tx
    .select({ id: environments.id })
    .from(environments)
    .where(and(eq(environments.id, id), leaseIsOver()));
  if (!environment || !still) return ok(undefined);
  const { detail } = await giveBack(tx, by, environment, {
    requestKey: `lease:${id}`,
    why: "The lease of the environment is over.",
    message: (held) => `The lease is over: ${nodesText(held.length)} given back.`,
  });
  await notifyOfEnvironment(tx, id, (data) => [{ kind: "lease.ended", audience: "project", data }]);
  await recordEvents(tx, by, [
    {
      ...place,
      action: "environment.release",
      object: { kind: "environment", id, name: environment.name },
      detail: { ...detail, endsAt: environment.endsAt },
    },
  ]);
  return ok(undefined);
}
