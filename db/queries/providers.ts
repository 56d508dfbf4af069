import { and, desc, eq, isNotNull, sql } from "drizzle-orm";
import type { Database } from "#db/client";
import { announce } from "#db/queries/operations";
import { hookRuns, providerCalls, providers } from "#db/schema/hooks";
import type { Id } from "#lib/domain/id";

export type ProviderRow = typeof providers.$inferSelect;

/** A provider with its sealed secret: the worker's role alone may read that. */
export async function findProvider(
  db: Database,
  id: Id<"provider">,
): Promise<ProviderRow | undefined> {
  const [row] = await db.select().from(providers).where(eq(providers.id, id));
  return row;
}

/** Providers that an operator wants to be asked how they are. */
export async function listRequestedChecks(db: Database): Promise<ProviderRow[]> {
  return db.select().from(providers).where(isNotNull(providers.checkRequestedAt));
}

/** A check is done; one that was asked for meanwhile stays. */
export async function settleCheck(db: Database, provider: ProviderRow): Promise<void> {
  await db
    .update(providers)
    .set({ checkRequestedAt: null })
    .where(
      and(
        eq(providers.id, provider.id),
        sql`date_trunc('milliseconds', ${providers.checkRequestedAt}) = ${provider.checkRequestedAt}`,
      ),
    );
  await announce(db, `provider:${provider.id}`);
}

/** What the last call for a hook's run came to; undefined when none was made. */
export async function findLastOutcome(
  db: Database,
  hookRunId: Id<"hookRun">,
): Promise<(typeof providerCalls.$inferSelect)["outcome"] | undefined> {
  const [call] = await db
    .select({ outcome: providerCalls.outcome })
    .from(providerCalls)
    .where(eq(providerCalls.hookRunId, hookRunId))
    .orderBy(desc(providerCalls.id))
    .limit(1);
  return call?.outcome;
}

/**
 * Keeps what came of a call, and counts it with its run.
 * @returns Its number: of two, the later one's is the greater. And which call of its run it was, from 1; 0 where it
 * is of none.
 */
export async function noteProviderCall(
  db: Database,
  call: typeof providerCalls.$inferInsert,
): Promise<{ callId: number; call: number }> {
  return db.transaction(async (tx) => {
    const [noted] = await tx.insert(providerCalls).values(call).returning({ id: providerCalls.id });
    if (!noted) throw new Error("a call that was noted is gone");
    const [run] = call.hookRunId
      ? await tx
          .update(hookRuns)
          .set({ calls: sql`${hookRuns.calls} + 1` })
          .where(eq(hookRuns.id, call.hookRunId))
          .returning({ calls: hookRuns.calls })
      : [];
    await announce(tx, `provider:${call.providerId}`);
    return { callId: noted.id, call: run?.calls ?? 0 };
  });
}
