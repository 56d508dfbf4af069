import { connect } from "#db/client";
import { postgresLeaseStore } from "#lib/boot/lease-store";
import { serveBootMetrics } from "#lib/boot/metrics";
import { postgresScriptStore } from "#lib/boot/postgres-script-store";
import { postgresBootStore } from "#lib/boot/postgres-store";
import { startBootServer } from "#lib/boot/server";
import { readBootSettings, readMetricsDoor, SettingsError } from "#lib/config/env";
import { createLog } from "#lib/config/log";

// The boot server as a process: it belongs on the provisioning network and serves nothing else.

try {
  const settings = readBootSettings();
  const log = createLog("boot", settings.logLevel);
  const { db, pool } = connect({
    url: settings.databaseUrl,
    role: "ingot_worker",
    onError: (error) => log.warn({ error }, "database connection lost"),
  });
  const server = await startBootServer({
    host: settings.bootHost,
    port: settings.bootPort,
    secret: settings.bootSecret,
    ec2Metadata: settings.ec2Metadata,
    keepsPlaces: settings.keepsPlaces,
    imageDirectory: settings.imageDirectory,
    bootStub: settings.bootStub,
    store: postgresBootStore(db),
    scripts: postgresScriptStore(db),
    leases: postgresLeaseStore(db),
    log,
  });
  log.info({ port: server.port }, "boot server listens");
  const door = readMetricsDoor("boot");
  const monitoring = door && (await serveBootMetrics(door, pool, log));
  let ending = false;
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, async () => {
      if (ending) return;
      ending = true;
      await monitoring?.close();
      await server.close();
      await pool.end();
      process.exit(0);
    });
  }
} catch (error) {
  if (!(error instanceof SettingsError)) throw error;
  console.error(error.message);
  process.exit(1);
}
