import pg from "pg";
import { SettingsError } from "#lib/config/env";

/**
 * Signs in once to the database that a person has named, at a server that has `patienceMs` for it: the
 * port of another program may never say anything. Throws a `SettingsError` of one sentence, without the
 * password, when nobody answers there, the sign-in is refused or there is no such database.
 */
export async function requireDatabase(url: string, patienceMs = 15_000): Promise<void> {
  let client: pg.Client;
  try {
    // What the services' own passwords are told from.
    decodeURIComponent(URL.parse(url)?.password ?? "");
    client = new pg.Client({ connectionString: url, connectionTimeoutMillis: patienceMs });
  } catch (cause) {
    throw new SettingsError(
      "DATABASE_URL cannot be read as an address: write what is no letter or digit in its name or password percent-encoded, as %23 for #.",
      { cause },
    );
  }
  // A connection that breaks after it was made tells us here, and ends the process where nobody listens.
  client.on("error", () => {});
  try {
    await client.connect();
  } catch (cause) {
    throw new SettingsError(faultOf(client, cause, patienceMs), { cause });
  } finally {
    // Not waited for: of a connection that was never made, pg's end does not come.
    client.end().catch(() => {});
  }
}

function faultOf(
  { host, port, user, database }: pg.Client,
  error: unknown,
  patienceMs: number,
): string {
  const { code, message } = error as { code?: string; message: string };
  const where = host.startsWith("/") ? host : `${host}:${port}`;
  switch (code) {
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return `DATABASE_URL names the host ${host}, which has no address here (${code}): correct the name, or the name service of this machine.`;
    // Postgres's own codes: https://www.postgresql.org/docs/18/errcodes-appendix.html
    case "28P01":
    case "28000":
      return `The database at ${where} does not let ${user} in (${message}): correct the name or the password in DATABASE_URL.`;
    case "3D000":
      return `The server at ${where} has no database ${database}: make it there, or name another one in DATABASE_URL.`;
  }
  // Of several addresses that were tried, Node's error has a code and no message.
  if (code?.startsWith("E") || message === "timeout expired") {
    const how = code ?? `within ${Math.ceil(patienceMs / 1000)} s`;
    return `No database answers at ${where} (${how}): start it, or correct DATABASE_URL.`;
  }
  return `The database at ${where} cannot be used (${message}): see its log, or correct DATABASE_URL.`;
}
