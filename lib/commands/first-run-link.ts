import { connect } from "#db/client";
import { ensureSetupLink } from "#db/queries/setup-links";

/**
 * The address that makes the first operator, to be shown to whoever started the portal, or null
 * when there is an operator. It works once and for a day, and ends every earlier one.
 */
export async function firstRunLink(databaseUrl: string, origin: string): Promise<string | null> {
  const { db, pool } = connect({ url: databaseUrl, role: "ingot_app", max: 1 });
  try {
    const token = await db.transaction((tx) => ensureSetupLink(tx));
    return token && `${origin}/setup?token=${token}`;
  } finally {
    await pool.end();
  }
}
