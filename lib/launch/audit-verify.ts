import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { connect } from "#db/client";
import { ownerOfRunning, startEmbeddedPostgres } from "#db/embedded";
import { ownEnvironment, readAuditKeys, readLaunchSettings, SettingsError } from "#lib/config/env";
import { sealsIn } from "#lib/launch/kept-seals";
import { auditKeyFiles } from "#lib/launch/secrets";
import { chainWords } from "#lib/launch/verified-words";
import { verifyWholeAudit } from "#lib/views/audit-chain";

// npm run audit:verify -- [FILE]: walks every chain of the audit log through its seals, and through those
// of a file kept elsewhere, while Ingot runs or while it does not. Needs no portal and changes nothing;
// exits 1 when a chain does not hold.

const [file] = process.argv.slice(2);
try {
  const given = ownEnvironment();
  const settings = readLaunchSettings(given);
  const kept = file === undefined ? [] : sealsIn(readFileSync(file, "utf8"));
  const auditKeys = readAuditKeys(withKeptKey(settings.dataDirectory, given));
  const postgres = path.join(settings.dataDirectory, "postgres");
  if (settings.databaseUrl === null && !existsSync(path.join(postgres, "data"))) {
    throw new SettingsError(
      `DATABASE_URL is not set, and there is no database in ${postgres}: run this with the settings that Ingot runs with.`,
    );
  }
  const found = settings.databaseUrl ?? (await ownerOfRunning(postgres));
  const started = found === null ? await startEmbeddedPostgres({ directory: postgres }) : undefined;
  const { db, pool } = connect({ url: found ?? started?.url() ?? "", role: "ingot_app", max: 1 });
  try {
    const { chains } = await verifyWholeAudit(db, { auditKeys, kept });
    for (const chain of chains) process.stdout.write(`${chainWords(chain)}\n`);
    if (chains.some((chain) => chain.fault)) process.exitCode = 1;
  } finally {
    await pool.end();
    await started?.stop();
  }
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}

/** The public half that the launcher has told from the worker's key, where no other is given. */
function withKeptKey(dataDirectory: string, given: ReturnType<typeof ownEnvironment>) {
  const isGiven = given.INGOT_AUDIT_PUBLIC_KEY || given.INGOT_AUDIT_PUBLIC_KEY_FILE;
  const kept = path.join(dataDirectory, "secrets", auditKeyFiles.publicKey);
  return isGiven || !existsSync(kept) ? given : { ...given, INGOT_AUDIT_PUBLIC_KEY_FILE: kept };
}
