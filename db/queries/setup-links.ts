import { createHash, randomBytes } from "node:crypto";
import { and, eq, gt, isNull } from "drizzle-orm";
import type { Database, Transaction } from "#db/client";
import { hasOperator } from "#db/queries/users";
import { setupLinks } from "#db/schema/setup-links";

type Reader = Database | Transaction;

const linkLifeMs = 24 * 60 * 60_000;
const hashOf = (token: string) => createHash("sha256").update(token).digest("hex");

/**
 * A fresh one-time token for making the first operator, or null when there is an operator. Earlier
 * tokens stop working; only the hash is kept, so the token must be shown now or never.
 */
export async function ensureSetupLink(tx: Transaction, now = new Date()): Promise<string | null> {
  if (await hasOperator(tx)) return null;
  await tx.update(setupLinks).set({ usedAt: now }).where(isNull(setupLinks.usedAt));
  const token = randomBytes(24).toString("base64url");
  await tx.insert(setupLinks).values({ tokenHash: hashOf(token), createdAt: now });
  return token;
}

/** True when the token opens the setup page: known, unused and not a day old. */
export async function isSetupLinkOpen(
  db: Reader,
  token: string,
  now = new Date(),
): Promise<boolean> {
  const [row] = await db.select().from(setupLinks).where(openLink(token, now));
  return row !== undefined;
}

/** Uses the token up; false when it is not open. Of two at the same moment one gets true. */
export async function spendSetupLink(
  tx: Transaction,
  token: string,
  now = new Date(),
): Promise<boolean> {
  const rows = await tx
    .update(setupLinks)
    .set({ usedAt: now })
    .where(openLink(token, now))
    .returning({ tokenHash: setupLinks.tokenHash });
  return rows.length > 0;
}

function openLink(token: string, now: Date) {
  return and(
    eq(setupLinks.tokenHash, hashOf(token)),
    isNull(setupLinks.usedAt),
    gt(setupLinks.createdAt, new Date(now.getTime() - linkLifeMs)),
  );
}
