import { and, eq, isNotNull, sql } from "drizzle-orm";
import { connect } from "#db/client";
import { lead } from "#db/leader";
import { listen } from "#db/listen";
import { rollUpGpuSamples } from "#db/queries/gpu-rollups";
import { insertGpuSamples } from "#db/queries/gpu-samples";
import { noteNode } from "#db/queries/nodes";
import { workChannel } from "#db/queries/operations";
import { nodes } from "#db/schema/nodes";
import type { Log } from "#lib/config/log";
import type { StepLimit } from "#lib/domain/operation/workflow";
import type {
  OpenController,
  OpenUnpinnedController,
  ReadCertificate,
} from "#lib/ports/controller";
import type { ScrapeGpus } from "#lib/ports/gpu-metrics";
import type { OpenNetwork } from "#lib/ports/network";
import { nodeContext } from "#lib/worker/context";
import { createControllers } from "#lib/worker/controllers";
import { createEngine } from "#lib/worker/engine";
import { every } from "#lib/worker/every";
import type { Witness } from "#lib/worker/journal";
import { createNetworks } from "#lib/worker/networks";
import { pruneEvidence } from "#lib/worker/reconcilers/prune-evidence";
import { verifyImages } from "#lib/worker/reconcilers/verify-images";
import { watchPorts } from "#lib/worker/reconcilers/watch-ports";
import { gpuScraper } from "#lib/worker/scrapers/gpu-scraper";
import { nodeWorkflows } from "#lib/worker/workflows/node-workflows";

export type WorkerSettings = {
  databaseUrl: string;
  bootOrigin: string;
  bootSecret: string;
  credentialPrivateKey: string;
  imageDirectory: string;
  leaseMs: number;
  pollMs: number;
  scrapeMs: number;
  powerLimitMs: number;
  bootLimitMs: number;
  sanitizeLimitMs: number;
  inspectLimitMs: number;
};

export type WorkerDrivers = {
  openController: OpenController;
  openIpmiController: OpenUnpinnedController;
  readCertificate: ReadCertificate;
  scrapeGpus: ScrapeGpus;
  openNetwork: OpenNetwork;
};

const minute = 60_000;
/** How long a read of a controller may take before the step gives up on it. */
const controllerLimitMs = 10 * minute;
const personLimitMs = 30 * 24 * 60 * minute;
/** How soon a port that somebody else has changed is seen. */
const portsMs = 30_000;
const keepEvidenceDays = 30;
const keepSamplesDays = 7;
const operationsAtOnce = 48;
/** Any number that no other advisory lock of this database uses. */
const telemetryLockKey = 727_002;

/**
 * The worker: carries out operations, verifies images, scrapes exporters and keeps the tables in
 * shape. Any number may run on one database. Gives a function that lets go of everything.
 */
export function runWorker(input: {
  settings: WorkerSettings;
  drivers: WorkerDrivers;
  log: Log;
  /** Told of each moment of each step; tests end the process in it. */
  witness?: Witness;
}): { stop: () => Promise<void> } {
  const { settings, drivers, log } = input;
  const { db, pool } = connect({
    url: settings.databaseUrl,
    role: "ingot_worker",
    max: 12,
    onError: (error) => log.warn({ error }, "database connection lost"),
  });
  const controllers = createControllers({
    db,
    openController: drivers.openController,
    openIpmiController: drivers.openIpmiController,
    privateKey: settings.credentialPrivateKey,
    idleMs: minute,
    log,
  });
  const networks = createNetworks({
    db,
    openNetwork: drivers.openNetwork,
    privateKey: settings.credentialPrivateKey,
  });
  const limitMs: Record<StepLimit, number> = {
    controller: Math.min(controllerLimitMs, settings.powerLimitMs),
    power: settings.powerLimitMs,
    boot: settings.bootLimitMs,
    sanitize: settings.sanitizeLimitMs,
    inspect: settings.inspectLimitMs,
    person: personLimitMs,
  };
  const engine = createEngine({
    db,
    workflows: nodeWorkflows,
    context: async (operation, hold) =>
      nodeContext(
        { db, controllers, networks, readCertificate: drivers.readCertificate, settings, log },
        operation,
        hold,
      ),
    limitMs,
    leaseMs: settings.leaseMs,
    concurrency: operationsAtOnce,
    log,
    ...(input.witness ? { witness: input.witness } : {}),
  });

  const polling = every(settings.pollMs, "claim operations", engine.poll, log);
  const listener = listen({
    url: settings.databaseUrl,
    role: "ingot_worker",
    channels: [workChannel],
    onNotice: polling.now,
    onConnect: polling.now,
    log,
  });
  // One worker asks the exporters, however many there are: a sample is stored once.
  const telemetry = lead({
    url: settings.databaseUrl,
    role: "ingot_worker",
    key: telemetryLockKey,
    log,
  });
  const scraper = gpuScraper({
    targets: async () => {
      if (!telemetry.isLeader()) return [];
      const rows = await db
        .select({ nodeId: nodes.id, address: nodes.address, port: nodes.exporterPort })
        .from(nodes)
        .where(
          and(
            eq(nodes.lifecycle, "active"),
            eq(nodes.powerObserved, "on"),
            isNotNull(nodes.address),
          ),
        );
      return rows.flatMap((row) => (row.address ? [{ ...row, address: row.address }] : []));
    },
    scrape: drivers.scrapeGpus,
    store: {
      samples: (scrapes) => insertGpuSamples(pool, scrapes),
      outages: async (outages) => {
        for (const { nodeId, outage } of outages) {
          await noteNode(db, nodeId, {
            telemetryError: outage?.reason ?? null,
            telemetryErrorSince: outage?.since ?? null,
          });
        }
      },
    },
    intervalMs: settings.scrapeMs,
    log,
  });
  const tasks = [
    polling,
    every(
      5_000,
      "verify images",
      () => verifyImages({ db, imageDirectory: settings.imageDirectory, log }),
      log,
    ),
    every(minute, "roll up telemetry", () => rollUpGpuSamples(db), log),
    every(portsMs, "watch ports", () => watchPorts({ db, networks }), log),
    every(15_000, "close idle controllers", () => controllers.closeIdle(), log),
    every(
      60 * minute,
      "keep partitions",
      () => db.execute(sql`select maintain_gpu_samples(${keepSamplesDays}::integer)`),
      log,
    ),
    every(60 * minute, "prune evidence", () => pruneEvidence(db, keepEvidenceDays), log),
  ];
  log.info({ pollMs: settings.pollMs, leaseMs: settings.leaseMs }, "worker started");

  return {
    stop: async () => {
      await Promise.all(tasks.map((task) => task.stop()));
      await engine.stop();
      await scraper.stop();
      await telemetry.stop();
      await controllers.closeIdle(true);
      networks.close();
      await listener.stop();
      await pool.end();
      log.info("worker stopped");
    },
  };
}
