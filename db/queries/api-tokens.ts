import { and, count, desc, eq, gt, inArray, isNull, type SQL, sql } from "drizzle-orm";
import type { Transaction } from "#db/client";
import { tell } from "#db/queries/notifications";
import { apiTokens, serviceAccounts } from "#db/schema/api-tokens";
import type { Id } from "#lib/domain/id";

export type ServiceAccountRow = typeof serviceAccounts.$inferSelect;

/** A token as a list shows it: never what it was made of. */
export type TokenLine = {
  id: Id<"apiToken">;
  key: string;
  name: string;
  serviceAccountId: Id<"serviceAccount"> | null;
  projectId: Id<"project"> | null;
  scopes: string[];
  createdByName: string;
  createdAt: Date;
  expiresAt: Date;
  revokedAt: Date | null;
  lastUsedAt: Date | null;
  lastUsedAddress: string | null;
  expired: boolean;
};

const shown = {
  id: apiTokens.id,
  key: apiTokens.key,
  name: apiTokens.name,
  serviceAccountId: apiTokens.serviceAccountId,
  projectId: apiTokens.projectId,
  scopes: apiTokens.scopes,
  createdByName: apiTokens.createdByName,
  createdAt: apiTokens.createdAt,
  expiresAt: apiTokens.expiresAt,
  revokedAt: apiTokens.revokedAt,
  lastUsedAt: apiTokens.lastUsedAt,
  lastUsedAddress: apiTokens.lastUsedAddress,
  expired: sql<boolean>`${apiTokens.expiresAt} <= now()`,
};

/** Ended tokens are listed for so long, for whoever looks into what happened. */
const listed = sql`coalesce(${apiTokens.revokedAt}, ${apiTokens.expiresAt}) > now() - interval '30 days'`;

type Owner = { userId: Id<"user"> } | { serviceAccountId: Id<"serviceAccount"> };

function of(owner: Owner): SQL {
  return "userId" in owner
    ? eq(apiTokens.userId, owner.userId)
    : eq(apiTokens.serviceAccountId, owner.serviceAccountId);
}

/** The tokens of a person, newest first. */
export function listOwnTokens(tx: Transaction, userId: Id<"user">): Promise<TokenLine[]> {
  return tx
    .select(shown)
    .from(apiTokens)
    .where(and(of({ userId }), listed))
    .orderBy(desc(apiTokens.id));
}

/** The tokens of service accounts, newest first. */
export async function listTokensOf(
  tx: Transaction,
  accounts: readonly Id<"serviceAccount">[],
): Promise<TokenLine[]> {
  if (accounts.length === 0) return [];
  return tx
    .select(shown)
    .from(apiTokens)
    .where(and(inArray(apiTokens.serviceAccountId, [...accounts]), listed))
    .orderBy(desc(apiTokens.id));
}

/** How many tokens of an owner are good now. */
export async function countLiveTokens(tx: Transaction, owner: Owner): Promise<number> {
  const [row] = await tx
    .select({ live: count() })
    .from(apiTokens)
    .where(and(of(owner), isNull(apiTokens.revokedAt), gt(apiTokens.expiresAt, sql`now()`)));
  return row?.live ?? 0;
}

export async function insertToken(
  tx: Transaction,
  token: Omit<typeof apiTokens.$inferInsert, "createdAt" | "expiresAt"> & { days: number },
): Promise<{ expiresAt: Date }> {
  const { days, ...values } = token;
  const [row] = await tx
    .insert(apiTokens)
    .values({
      ...values,
      createdAt: sql`now()`,
      expiresAt: sql`now() + make_interval(hours => 24 * ${days}::integer)`,
    })
    .returning({ expiresAt: apiTokens.expiresAt });
  if (!row) throw new Error("the token was not written");
  return row;
}

/** Ends one token of an owner; its name, or nothing when there is none that is still open. */
export async function revokeToken(
  tx: Transaction,
  owner: Owner | { projectId: Id<"project"> },
  id: Id<"apiToken">,
): Promise<{ name: string; key: string } | undefined> {
  const theirs =
    "projectId" in owner
      ? and(
          eq(apiTokens.projectId, owner.projectId),
          sql`${apiTokens.serviceAccountId} is not null`,
        )
      : of(owner);
  const [row] = await tx
    .update(apiTokens)
    .set({ revokedAt: sql`now()` })
    .where(and(eq(apiTokens.id, id), theirs, isNull(apiTokens.revokedAt)))
    .returning({ name: apiTokens.name, key: apiTokens.key });
  if (row) await tell(tx, [id]);
  return row;
}

/** Ends every token of an owner; gives how many. */
export async function revokeAllTokens(tx: Transaction, owner: Owner): Promise<number> {
  const rows = await tx
    .update(apiTokens)
    .set({ revokedAt: sql`now()` })
    .where(and(of(owner), isNull(apiTokens.revokedAt)))
    .returning({ id: apiTokens.id });
  await tell(
    tx,
    rows.map(({ id }) => id),
  );
  return rows.length;
}

/** The service accounts of a project that have not ended, by name. */
export function listServiceAccounts(
  tx: Transaction,
  of: { tenantId: Id<"tenant">; projectId: Id<"project"> },
): Promise<ServiceAccountRow[]> {
  return tx.select().from(serviceAccounts).where(living(of)).orderBy(serviceAccounts.name);
}

/** One of them, locked: nothing is made of it while it is taken away. */
export async function lockServiceAccount(
  tx: Transaction,
  of: { tenantId: Id<"tenant">; projectId: Id<"project"> },
  id: Id<"serviceAccount">,
): Promise<ServiceAccountRow | undefined> {
  const [row] = await tx
    .select()
    .from(serviceAccounts)
    .where(and(living(of), eq(serviceAccounts.id, id)))
    .for("update");
  return row;
}

function living(of: { tenantId: Id<"tenant">; projectId: Id<"project"> }) {
  return and(
    eq(serviceAccounts.tenantId, of.tenantId),
    eq(serviceAccounts.projectId, of.projectId),
    isNull(serviceAccounts.removedAt),
  );
}
