import { createHmac } from "node:crypto";
import pg from "pg";
import type { DatabaseRole } from "#db/client";

const roles = ["ingot_app", "ingot_worker"] as const satisfies readonly DatabaseRole[];

/** Any number that no other advisory lock of this database uses. */
const loginLock = 7_270_012;

/**
 * The address with which each service signs in: as its own role, so that one who takes a service over
 * has what its policies give it, and no owner to fall back to. The passwords are told from the
 * owner's, so every launcher on one database gives the same, and none is kept.
 *
 * An owner that signs in without a password, or that may not change the roles, since somebody else
 * made them, gives its own address: the services then take their role after signing in. `own` says
 * which it came to.
 */
export async function serviceLogins(
  ownerUrl: string,
): Promise<{ own: boolean; urls: Record<DatabaseRole, string> }> {
  // One on a socket of this machine need be no URL in the browser's sense.
  const password = URL.parse(ownerUrl)?.password ?? "";
  const shared = { own: false, urls: { ingot_app: ownerUrl, ingot_worker: ownerUrl } };
  if (password === "") return shared;
  const secret = decodeURIComponent(password);
  const passwordOf = (role: DatabaseRole) =>
    createHmac("sha256", secret).update(`ingot login of ${role}`).digest("base64url");
  const urlOf = (role: DatabaseRole) => {
    const url = new URL(ownerUrl);
    url.username = role;
    url.password = passwordOf(role);
    return url.href;
  };

  const client = new pg.Client({ connectionString: ownerUrl, application_name: "ingot logins" });
  await client.connect();
  try {
    // Two that change one role at the same moment would fail; the session's end gives it back.
    await client.query("select pg_advisory_lock($1)", [loginLock]);
    for (const role of roles) {
      const quoted = pg.escapeLiteral(passwordOf(role));
      await client.query(`alter role ${role} login password ${quoted}`);
    }
  } catch (error) {
    if (!isNotAllowed(error)) throw error;
    return shared;
  } finally {
    await client.end();
  }
  return {
    own: true,
    urls: { ingot_app: urlOf("ingot_app"), ingot_worker: urlOf("ingot_worker") },
  };
}

/** Postgres 42501, insufficient_privilege. */
function isNotAllowed(error: unknown): boolean {
  return typeof error === "object" && error !== null && "code" in error && error.code === "42501";
}
