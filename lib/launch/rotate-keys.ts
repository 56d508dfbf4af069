import { existsSync } from "node:fs";
import path from "node:path";
import { connect } from "#db/client";
import { ownerOfRunning, startEmbeddedPostgres } from "#db/embedded";
import { migrate } from "#db/migrate";
import { takeLock } from "#lib/config/directory-lock";
import { ownEnvironment, readLaunchSettings, SettingsError } from "#lib/config/env";
import { refuseOtherHalf, refuseWithoutKeys, rotateKeys } from "#lib/launch/key-rotation";
import { isDone, wordsOf } from "#lib/launch/rotation-words";
import { keptSecrets, refuseOtherAccount } from "#lib/launch/secrets";

// npm run rotate-keys: new keys for all that is sealed in the database, while Ingot runs or while it
// does not. May be killed and repeated.

try {
  const given = ownEnvironment();
  const settings = readLaunchSettings(given);
  const directory = path.join(settings.dataDirectory, "secrets");
  if (existsSync(directory)) refuseOtherAccount(directory);
  refuseWithoutKeys(directory, given);
  refuseOtherHalf(given);
  const postgres = path.join(settings.dataDirectory, "postgres");
  if (settings.databaseUrl === null && !existsSync(path.join(postgres, "data"))) {
    throw new SettingsError(
      `DATABASE_URL is not set, and there is no database in ${postgres}: run this with the settings that Ingot runs with.`,
    );
  }
  const lock = takeLock(settings.dataDirectory, "rotate-keys");
  if (lock.holderPid !== null) {
    throw new Error(`Keys are being rotated already, by process ${lock.holderPid}.`);
  }
  keptSecrets(directory, given);
  const found = settings.databaseUrl ?? (await ownerOfRunning(postgres));
  const started = found === null ? await startEmbeddedPostgres({ directory: postgres }) : undefined;
  const url = found ?? started?.url() ?? "";
  const { db, pool } = connect({ url, role: "ingot_keeper", max: 1 });
  try {
    // Where nothing runs the tables may be those of an older version.
    if (started) await migrate(url);
    // Before a key is made: without the database nothing would come of it.
    await pool.query("select 1");
    const rotations = await rotateKeys({ directory, given, db });
    for (const rotation of rotations) process.stdout.write(`${wordsOf(rotation)}\n`);
    if (!rotations.every(isDone)) process.exitCode = 1;
  } finally {
    await pool.end();
    await started?.stop();
    lock.release();
  }
} catch (error) {
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(
    message.includes('"ingot_keeper" does not exist')
      ? "The database is of an older version of Ingot: start this one, then run this again.\n"
      : `${message}\n`,
  );
  process.exitCode = 1;
}
