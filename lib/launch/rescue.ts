import path from "node:path";
import { connect } from "#db/client";
import { startEmbeddedPostgres } from "#db/embedded";
import { rescueAccount } from "#lib/commands/rescue-account";
import { ownEnvironment, readLaunchSettings } from "#lib/config/env";

// npm run rescue -- EMAIL: lets somebody in again whom nobody in the portal can help. With the embedded
// database Ingot must be stopped meanwhile; with one of your own it may go on.

const [email] = process.argv.slice(2);
try {
  if (!email) throw new Error("Say whom: npm run rescue -- olga@example.com");
  const settings = readLaunchSettings(ownEnvironment());
  const directory = path.join(settings.dataDirectory, "postgres");
  const postgres =
    settings.databaseUrl === null ? await startEmbeddedPostgres({ directory }) : undefined;
  const url = settings.databaseUrl ?? postgres?.url() ?? "";
  const { db, pool } = connect({ url, role: "ingot_app", max: 1 });
  try {
    const rescued = await rescueAccount(db, email);
    if (!rescued.ok) throw new Error(`Nobody here has the address ${email}.`);
    process.stdout.write(
      `${email} signs in with this password, once, and chooses another: ${rescued.value.oneTimePassword}\nAuthenticator app, passkeys and recovery codes are gone, and every session has ended.\n`,
    );
  } finally {
    await pool.end();
    await postgres?.stop();
  }
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}
