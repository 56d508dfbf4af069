import { asc, desc, eq, sql } from "drizzle-orm";
import type { Database, Transaction } from "#db/client";
import { providerCalls, providers } from "#db/schema/hooks";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import { type Id, isId } from "#lib/domain/id";
import type { CallView, ProviderCallView } from "#lib/schemas/call-view";

/** Whether it answers: by its last call. Of one that was never called nothing is known. */
export type ProviderHealth = "answers" | "silent" | "unknown";

export type ProviderView = {
  id: Id<"provider">;
  name: string;
  description: string;
  url: string;
  state: "active" | "retired";
  health: ProviderHealth;
  lastCall: ProviderCallView | null;
};

export type ProviderDetail = ProviderView & {
  certificatePem: string;
  isBeingChecked: boolean;
  createdAt: string;
  /** What whoever changes it says to have seen. */
  changedAt: string;
  calls: ProviderCallView[];
};

/** Every provider with how its last call went. */
export async function providersView(
  db: Database,
  grant: Grant<"fleet.read">,
): Promise<ProviderView[]> {
  return withGrant(db, grant, async (tx) => {
    const rows = await tx.select(fields).from(providers).orderBy(asc(providers.name));
    const last = await tx
      .selectDistinctOn([providerCalls.providerId])
      .from(providerCalls)
      .orderBy(providerCalls.providerId, desc(providerCalls.id));
    return rows.map((row) => {
      const call = last.find((each) => each.providerId === row.id);
      return providerView(row, call ? callView(call) : null);
    });
  });
}

const shownCalls = 50;

/** One provider with its latest calls, or null when there is none of that id. */
export async function providerDetail(
  db: Database,
  grant: Grant<"fleet.read">,
  id: string,
): Promise<ProviderDetail | null> {
  if (!isId("provider", id)) return null;
  return withGrant(db, grant, async (tx) => {
    const [row] = await tx.select(fields).from(providers).where(eq(providers.id, id));
    if (!row) return null;
    const calls = (await latestCalls(tx, id)).map(callView);
    return {
      ...providerView(row, calls[0] ?? null),
      certificatePem: row.certificatePem ?? "",
      isBeingChecked: row.checkRequestedAt !== null,
      createdAt: row.createdAt.toISOString(),
      changedAt: row.changedAt.toISOString(),
      calls,
    };
  });
}

/** Providers that a hook may call, for a choice. */
export async function providerChoices(db: Database, grant: Grant<"fleet.read">) {
  return withGrant(db, grant, (tx) =>
    tx
      .select({ id: providers.id, name: providers.name, state: providers.state })
      .from(providers)
      .orderBy(asc(providers.name)),
  );
}

const fields = {
  id: providers.id,
  name: providers.name,
  description: providers.description,
  url: sql<string>`'https://' || ${providers.address} || ${providers.path}`,
  state: providers.state,
  certificatePem: providers.certificatePem,
  checkRequestedAt: providers.checkRequestedAt,
  createdAt: providers.createdAt,
  changedAt: providers.changedAt,
};

type Row = Pick<ProviderView, "id" | "name" | "description" | "url" | "state">;

function providerView(row: Row, lastCall: ProviderCallView | null): ProviderView {
  const { id, name, description, url, state } = row;
  const health = !lastCall ? "unknown" : lastCall.outcome === "none" ? "silent" : "answers";
  return { id, name, description, url, state, health, lastCall };
}

function latestCalls(tx: Transaction, id: Id<"provider">) {
  return tx
    .select()
    .from(providerCalls)
    .where(eq(providerCalls.providerId, id))
    .orderBy(desc(providerCalls.id))
    .limit(shownCalls);
}

/** The latest calls of one run of a hook, the newest first. */
export async function callsOfRun(tx: Transaction, id: Id<"hookRun">): Promise<CallView[]> {
  const rows = await tx
    .select()
    .from(providerCalls)
    .where(eq(providerCalls.hookRunId, id))
    .orderBy(desc(providerCalls.id))
    .limit(shownCalls);
  return rows.map(howItWent);
}

function callView(row: typeof providerCalls.$inferSelect): ProviderCallView {
  const { hookRunId, dryCallId } = row;
  const what = hookRunId ? "hook" : dryCallId ? "dry run" : "check";
  return { ...howItWent(row), for: what, hookRunId };
}

function howItWent(row: typeof providerCalls.$inferSelect): CallView {
  const { id, at, durationMs, outcome, words } = row;
  return { id, at: at.toISOString(), durationMs, outcome, words };
}
