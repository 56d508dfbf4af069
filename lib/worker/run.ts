import type { Registry } from "prom-client";
import { connect } from "#db/client";
import { lead } from "#db/leader";
import { listen } from "#db/listen";
import { readDatabaseClock } from "#db/queries/clock";
import { listExporters, listHostExporters } from "#db/queries/exporters";
import { keepGpuLatest } from "#db/queries/gpu-latest";
import { insertScrapes } from "#db/queries/gpu-scrapes";
import { settleSilence } from "#db/queries/health-reasons";
import { insertHostSamples, rolledHosts } from "#db/queries/host-samples";
import { noteNode } from "#db/queries/nodes";
import { keepNvswitchLatest } from "#db/queries/nvswitch-latest";
import { workChannel } from "#db/queries/operations";
import { keepTelemetry, rollUp } from "#db/queries/rollups";
import { announceScrapes } from "#db/queries/scrape-notices";
import { storeScrapes } from "#db/queries/stored-scrapes";
import type { Log } from "#lib/config/log";
import type { StepLimit } from "#lib/domain/operation/workflow";
import type { KeepDays } from "#lib/domain/telemetry/rollup-level";
import type { MetricsPages } from "#lib/metrics/listen";
import type {
  OpenController,
  OpenUnpinnedController,
  ReadCertificate,
} from "#lib/ports/controller";
import type { OpenFabric } from "#lib/ports/fabric";
import type { ScrapeGpus } from "#lib/ports/gpu-metrics";
import type { ScrapeHost } from "#lib/ports/host-metrics";
import type { SendMail } from "#lib/ports/mail";
import type { OpenNetwork } from "#lib/ports/network";
import type { AskUrl, CallProvider } from "#lib/ports/provider";
import type { CallWebhook } from "#lib/ports/webhook";
import { nodeContext } from "#lib/worker/context";
import { createControllers } from "#lib/worker/controllers";
import { createEngine } from "#lib/worker/engine";
import { every } from "#lib/worker/every";
import { createFabrics } from "#lib/worker/fabrics";
import { healthWatcher } from "#lib/worker/health/health-watcher";
import { createDryRunner } from "#lib/worker/hooks/dry-runner";
import { createHookRunner } from "#lib/worker/hooks/runner";
import { takeNodes } from "#lib/worker/hooks/take-nodes";
import type { Witness } from "#lib/worker/journal";
import { createMeter } from "#lib/worker/meter";
import { monitoringPages } from "#lib/worker/monitoring-pages";
import { createNetworks } from "#lib/worker/networks";
import { createDeliverer } from "#lib/worker/notifications/deliverer";
import { endHolds } from "#lib/worker/reconcilers/end-holds";
import { endLeases } from "#lib/worker/reconcilers/end-leases";
import { pruneEvidence } from "#lib/worker/reconcilers/prune-evidence";
import { rollUpGpus } from "#lib/worker/reconcilers/roll-up-gpus";
import { sealAudit } from "#lib/worker/reconcilers/seal-audit";
import { tellOfLeases } from "#lib/worker/reconcilers/tell-of-leases";
import { verifyImages } from "#lib/worker/reconcilers/verify-images";
import { controllerWatcher } from "#lib/worker/reconcilers/watch-controllers";
import { watchPartitions } from "#lib/worker/reconcilers/watch-partitions";
import { watchPorts } from "#lib/worker/reconcilers/watch-ports";
import { gpuScraper, type Scraped } from "#lib/worker/scrapers/gpu-scraper";
import { type HostScraped, hostScraper } from "#lib/worker/scrapers/host-scraper";
import { stampClock } from "#lib/worker/scrapers/stamp-clock";
import { nodeWorkflows } from "#lib/worker/workflows/node-workflows";

export type WorkerSettings = {
  databaseUrl: string;
  origin: string;
  bootOrigin: string;
  bootSecret: string;
  /** Read at each use, since keys are rotated under a worker that runs. */
  readonly credentialPrivateKey: string;
  /** Likewise. */
  readonly auditPrivateKeys: string;
  imageDirectory: string;
  leaseMs: number;
  pollMs: number;
  scrapeMs: number;
  keepDays: KeepDays;
  /** How often each controller's sensors are read. */
  controllerWatchMs: number;
  nodeExporterPort: number;
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
  scrapeHost: ScrapeHost;
  openNetwork: OpenNetwork;
  callProvider: CallProvider;
  askUrl: AskUrl;
  callWebhook: CallWebhook;
  sendMail: SendMail | null;
  openFabric: OpenFabric;
};

const minute = 60_000;
/** How long a read of a controller may take before the step gives up on it. */
const controllerLimitMs = 10 * minute;
const personLimitMs = 30 * 24 * 60 * minute;
/** How soon a port that somebody else has changed is seen. */
const portsMs = 30_000;
/** How soon after its end a lease is over, and it is written down that a hold is. */
const leasesMs = 15_000;
/** How soon it is seen that an exporter is silent, or that nobody looks at a node any more. */
const silenceMs = 15_000;
/**
 * What nobody waits for is begun one after the other: all at once, each on a connection of its own, it
 * would stand before the work that a worker takes over.
 */
const choresAfterMs = 400;
/** How long a webhook may take to answer. */
const webhookMs = 10_000;
/** A controller that is looked at less often gives its session back in between. */
const longestIdleMs = 2 * minute;
const watchStepMs = 1_000;
const keepEvidenceDays = 30;
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
  /** Counts what it does, when somebody wants to read that. */
  registry?: Registry;
}): { stop: () => Promise<void>; pages: MetricsPages } {
  const { settings, drivers, log, registry } = input;
  const meter = registry && createMeter(registry);
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
    readCertificate: drivers.readCertificate,
    get privateKey() {
      return settings.credentialPrivateKey;
    },
    // Controllers that are looked at often keep their session: each sign-in is a line in their log.
    idleMs: Math.max(minute, Math.min(settings.controllerWatchMs, longestIdleMs) * 1.5),
    log,
  });
  const networks = createNetworks({
    db,
    openNetwork: drivers.openNetwork,
    get privateKey() {
      return settings.credentialPrivateKey;
    },
  });
  const fabrics = createFabrics({
    db,
    openFabric: drivers.openFabric,
    get privateKey() {
      return settings.credentialPrivateKey;
    },
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
        {
          db,
          controllers,
          networks,
          fabrics,
          readCertificate: drivers.readCertificate,
          settings,
          log,
        },
        operation,
        hold,
      ),
    limitMs,
    leaseMs: settings.leaseMs,
    concurrency: operationsAtOnce,
    log,
    ...(input.witness ? { witness: input.witness } : {}),
    ...(meter ? { meter } : {}),
  });

  const askers = {
    db,
    callProvider: drivers.callProvider,
    askUrl: drivers.askUrl,
    get privateKey() {
      return settings.credentialPrivateKey;
    },
    bootSecret: settings.bootSecret,
    leaseMs: settings.leaseMs,
    log,
    witness: input.witness,
  };
  const hooks = createHookRunner(askers);
  const dryRuns = createDryRunner(askers);

  const deliverer = createDeliverer({
    db,
    callWebhook: drivers.callWebhook,
    sendMail: drivers.sendMail,
    get privateKey() {
      return settings.credentialPrivateKey;
    },
    origin: settings.origin,
    leaseMs: settings.leaseMs,
    callMs: webhookMs,
    log,
    witness: input.witness,
  });

  const polling = every(settings.pollMs, "claim operations", engine.poll, log);
  const hooking = every(settings.pollMs, "claim hook runs", hooks.poll, log);
  const taking = every(
    settings.pollMs,
    "take nodes",
    () => takeNodes({ db, log, witness: input.witness }),
    log,
  );
  const rehearsing = every(settings.pollMs, "claim dry calls", dryRuns.poll, log);
  const telling = every(settings.pollMs, "tell", deliverer.poll, log);
  const wake = () => {
    polling.now();
    hooking.now();
    taking.now();
    rehearsing.now();
    telling.now();
  };
  const listener = listen({
    url: settings.databaseUrl,
    role: "ingot_worker",
    channels: [workChannel],
    onNotice: wake,
    onConnect: wake,
    log,
  });
  // One worker asks the exporters, however many there are: a sample is stored once.
  const telemetry = lead({
    url: settings.databaseUrl,
    role: "ingot_worker",
    key: telemetryLockKey,
    log,
  });
  const health = healthWatcher({ db, log });
  const tellOfMisplaced = (scrapes: number) => {
    if (scrapes > 0) log.error({ scrapes }, "telemetry of a moment that has no place was given up");
  };
  const clock = stampClock(() => readDatabaseClock(db));
  const scraper = gpuScraper({
    leads: telemetry.leads,
    now: clock.now,
    targets: async () => {
      await clock.read();
      return listExporters(db);
    },
    onTargets: health.keepOnly,
    scrape: drivers.scrapeGpus,
    store: {
      samples: async (given, again) => {
        const insert = (some: readonly Scraped[]) => insertScrapes(pool, some);
        const scrapes = await storeScrapes(pool, "gpu_samples", { scrapes: given, again, insert });
        tellOfMisplaced(given.length - scrapes.length);
        // From here on nothing may fail: the scrapes would be stored once more.
        await keepGpuLatest(pool, scrapes).catch((error) =>
          log.error({ error }, "the newest telemetry could not be kept"),
        );
        await health.observe(scrapes);
        await keepNvswitchLatest(pool, scrapes).catch((error) =>
          log.error({ error }, "the newest telemetry of switches could not be kept"),
        );
        // Last: who hears it reads all of the above. Pages that miss it ask by themselves.
        await announceScrapes(pool, scrapes).catch((error) =>
          log.error({ error }, "new telemetry could not be announced"),
        );
      },
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
    ...(meter ? { meter: meter.scrapes } : {}),
  });
  // Many a node has no exporter of its host's, and none needs one: nothing is counted, judged or told.
  const hosts = hostScraper({
    leads: telemetry.leads,
    now: clock.now,
    targets: async () => {
      await clock.read();
      return listHostExporters(db, settings.nodeExporterPort);
    },
    scrape: drivers.scrapeHost,
    store: {
      samples: async (given, again) => {
        const insert = (some: readonly HostScraped[]) => insertHostSamples(pool, some);
        const scrapes = await storeScrapes(pool, "host_samples", { scrapes: given, again, insert });
        tellOfMisplaced(given.length - scrapes.length);
        await announceScrapes(pool, scrapes, "host").catch((error) =>
          log.error({ error }, "new telemetry of hosts could not be announced"),
        );
      },
      outages: async (outages) => {
        for (const { nodeId, outage } of outages) {
          await noteNode(db, nodeId, {
            hostTelemetryError: outage?.reason ?? null,
            hostTelemetryErrorSince: outage?.since ?? null,
          });
        }
      },
    },
    intervalMs: settings.scrapeMs,
    log,
  });
  const watcher = controllerWatcher({
    ...{ db, controllers, log, isLeader: () => telemetry.leads() === true },
    intervalMs: settings.controllerWatchMs,
  });
  // Who catches up on hours of telemetry is not waited for.
  const ending = new AbortController();
  const chores: [intervalMs: number, name: string, task: () => Promise<unknown>][] = [
    [leasesMs, "end leases", () => endLeases({ db, log })],
    [leasesMs, "end holds", () => endHolds(db)],
    [minute, "tell of leases", () => tellOfLeases(db)],
    [minute, "roll up GPUs", () => rollUpGpus(db, ending.signal)],
    [minute, "roll up hosts", () => rollUp(db, rolledHosts, ending.signal)],
    [silenceMs, "settle silence", async () => telemetry.leads() === true && settleSilence(db)],
    [watchStepMs, "watch controllers", () => watcher.tick()],
    [portsMs, "watch ports", () => watchPorts({ db, networks })],
    [portsMs, "watch partitions", () => watchPartitions({ db, fabrics })],
    [15_000, "close idle controllers", () => controllers.closeIdle()],
    [
      60 * minute,
      "seal the audit log",
      () => sealAudit({ db, privateKeys: settings.auditPrivateKeys, log }),
    ],
    [60 * minute, "prune evidence", () => pruneEvidence(db, keepEvidenceDays)],
  ];
  const tasks = [
    polling,
    hooking,
    taking,
    rehearsing,
    telling,
    every(
      5_000,
      "verify images",
      () => verifyImages({ db, imageDirectory: settings.imageDirectory, log }),
      log,
    ),
    every(60 * minute, "keep partitions", () => keepTelemetry(db, settings.keepDays), log),
    ...chores.map(([intervalMs, name, task], index) =>
      every(intervalMs, name, task, log, choresAfterMs * (index + 1)),
    ),
  ];
  log.info({ pollMs: settings.pollMs, leaseMs: settings.leaseMs }, "worker started");

  return {
    pages: registry ? monitoringPages(registry, { db, pool }, settings.nodeExporterPort, log) : {},
    stop: async () => {
      ending.abort();
      await Promise.all(tasks.map((task) => task.stop()));
      await watcher.settled();
      await engine.stop();
      await hooks.stop();
      await dryRuns.stop();
      await deliverer.stop();
      await scraper.stop();
      await hosts.stop();
      await telemetry.stop();
      await controllers.closeIdle(true);
      networks.close();
      fabrics.close();
      await listener.stop();
      await pool.end();
      log.info("worker stopped");
    },
  };
}
