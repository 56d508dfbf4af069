import { createServer } from "node:net";
import path from "node:path";
import type { DatabaseRole } from "#db/client";
import { type EmbeddedPostgres, type PostgresSettings, startEmbeddedPostgres } from "#db/embedded";
import { migrate } from "#db/migrate";
import { requireDatabase } from "#db/require-database";
import { serviceLogins } from "#db/service-login";
import { firstRunLink } from "#lib/commands/first-run-link";
import {
  type Environment,
  environmentOf,
  type LaunchSettings,
  ownEnvironment,
  readBootSettings,
  readLaunchSettings,
  readSettings,
  readWorkerSettings,
  systemEnvironment,
} from "#lib/config/env";
import { createLog } from "#lib/config/log";
import { ensureBuilt } from "#lib/launch/build";
import { keepDatabase } from "#lib/launch/keep-database";
import { keptSecrets } from "#lib/launch/secrets";
import { type ServiceCommand, type SupervisedService, supervise } from "#lib/launch/supervise";
import { banner, readableLine } from "#lib/launch/terminal";

const root = path.join(import.meta.dirname, "../..");

/** The servers Ingot consists of, in the order they are started. */
export const services = ["worker", "boot", "web"] as const;
export type Service = (typeof services)[number];

export type StartOptions = {
  /** Settings by variable, as a person would set them; our own environment when left out. */
  settings?: Environment;
  /** The portal under `next dev`: nothing is built, and edits show at once. */
  dev?: boolean;
  services?: readonly Service[];
  /** Settings of the embedded Postgres, for tests. */
  postgres?: PostgresSettings;
  /** Given each line that a service, the build or the launcher writes. */
  onLine?: (source: Service | "build" | "launcher", line: string) => void;
  /** Breaks the start off; what had been started is stopped. */
  signal?: AbortSignal;
};

export type Ingot = {
  origin: string;
  bootOrigin: string;
  /** Of the owner of the tables. */
  databaseUrl: string;
  /** Null when the database is not ours. */
  postgres: EmbeddedPostgres | null;
  settings: LaunchSettings;
  pid: (service: Service) => number | undefined;
  /** Kills a service as a crash would; it comes back by itself. */
  kill: (service: Service) => Promise<void>;
  /** Ends a service in order, starts it again, and waits until it answers. */
  restart: (service: Service) => Promise<void>;
  /** Ends the services, then the database. May be called more than once. */
  stop: () => Promise<void>;
};

/**
 * Starts the whole of Ingot: database (unless one is given), migrations, secrets, build, services;
 * and gives it back once portal and boot server answer. Throws in words, with everything stopped
 * again, when a setting, a port or a service is not as it must be; a setting of whichever service, or
 * a database of one's own that does not answer, before anything is started.
 */
export async function startIngot(options: StartOptions = {}): Promise<Ingot> {
  const source = options.settings
    ? { ...systemEnvironment(ownEnvironment()), ...options.settings }
    : ownEnvironment();
  const settings = readLaunchSettings(source);
  const wanted = services.filter((service) => (options.services ?? services).includes(service));
  const onLine = options.onLine ?? (() => {});
  const log = createLog("launcher", settings.logLevel, (line) => onLine("launcher", line));
  const running = new Map<Service, SupervisedService>();
  let postgres: EmbeddedPostgres | null = null;
  let keeper: { stop: () => Promise<void> } | undefined;
  let building: Promise<void> = Promise.resolve();
  let stopped: Promise<void> | undefined;
  const stopping = new AbortController();
  const signal = AbortSignal.any([stopping.signal, ...(options.signal ? [options.signal] : [])]);

  async function stopAll(): Promise<void> {
    stopping.abort();
    // A start that failed meanwhile leaves no build that goes on by itself.
    await building.catch(() => {});
    await Promise.all([...running.values()].map((service) => service.stop()));
    await keeper?.stop();
    // Last, so that a service can finish what it is in the middle of.
    await postgres?.stop();
  }
  const stop = () => {
    stopped ??= stopAll();
    return stopped;
  };

  try {
    const secrets = keptSecrets(path.join(settings.dataDirectory, "secrets"), source);
    const whole = { ...source, ...secrets };
    readSettingsOf(wanted, whole);
    await requireFreePorts(settings, wanted);
    if (settings.databaseUrl !== null) await requireDatabase(settings.databaseUrl);
    signal.throwIfAborted();
    // Two cores: the build needs no database, and the database waits for the disk.
    const mustBuild = wanted.includes("web") && !options.dev;
    if (mustBuild) building = ensureBuilt({ onLine: (line) => onLine("build", line), signal });
    // Heard below; without this an early failure would end the process before it is.
    building.catch(() => {});
    if (settings.databaseUrl === null) {
      postgres = await startEmbeddedPostgres({
        directory: path.join(settings.dataDirectory, "postgres"),
        settings: options.postgres,
      });
      keeper = keepDatabase(postgres, log);
      log.info({ port: postgres.port, adopted: postgres.adopted }, "database running");
    }
    signal.throwIfAborted();
    const databaseUrl = settings.databaseUrl ?? postgres?.url() ?? "";
    await migrate(databaseUrl);
    const logins = await serviceLogins(databaseUrl);
    log.info({ ownLogins: logins.own }, "database up to date");
    await building;
    signal.throwIfAborted();

    const commands = serviceCommands(settings, whole, logins.urls, options.dev ?? false);
    for (const service of wanted) {
      running.set(
        service,
        supervise({
          command: commands[service],
          onLine: (line) => onLine(service, line),
          log,
        }),
      );
    }
    await allReady(running, settings, signal);
    log.info({ origin: settings.origin, bootOrigin: settings.bootOrigin }, "running");

    const named = (service: Service) => {
      const found = running.get(service);
      if (!found) throw new Error(`${service} was not asked for`);
      return found;
    };
    return {
      origin: settings.origin,
      bootOrigin: settings.bootOrigin,
      databaseUrl,
      postgres,
      settings,
      pid: (service) => named(service).pid(),
      kill: (service) => named(service).kill(),
      async restart(service) {
        await named(service).restart();
        await answers(addressOf(service, settings), signal);
      },
      stop,
    };
  } catch (error) {
    // What was broken off says so each in its own words, and one of them came first.
    const reason = options.signal?.aborted ? options.signal.reason : error;
    await stop();
    throw reason;
  }
}

/** Reads what each of these services will read when it is started. Throws as they would. */
function readSettingsOf(wanted: readonly Service[], whole: Environment): void {
  const readers = { web: readSettings, worker: readWorkerSettings, boot: readBootSettings };
  // The embedded one has no address before it runs.
  const DATABASE_URL = whole.DATABASE_URL || "postgres://embedded";
  for (const service of wanted) {
    readers[service](environmentOf(service, { ...whole, DATABASE_URL }));
  }
}

/**
 * What an exporter said is garbage as soon as it is stored, 70 kB of it for each of 1,000 nodes every
 * 15 s, and most of that lies outside the heap. Left to itself, Node gives such a load a nursery that takes
 * 115 to 180 MiB more; and since the heap itself hardly grows, V8 takes the process for one at rest, keeps
 * the bound of the heap close to what is in it, and collects the whole of it twice a second, which took as
 * long as all else that the worker does (`--trace-gc`). So the nursery is small, nothing is collected for
 * the sake of rest, and the heap may double before it is.
 */
const workerFlags = [
  "--max-semi-space-size=8",
  "--no-memory-reducer",
  "--heap-growing-percent=100",
];

/** How each service is run. Each is given the settings it reads, its own login, and no others. */
function serviceCommands(
  settings: LaunchSettings,
  whole: Environment,
  logins: Record<DatabaseRole, string>,
  dev: boolean,
): Record<Service, ServiceCommand> {
  const mode = { NODE_ENV: dev ? "development" : "production" };
  const next = path.join(root, "node_modules/next/dist/bin/next");
  const web = ["-H", settings.host, "-p", String(settings.port)];
  const asPortal = { ...whole, DATABASE_URL: logins.ingot_app };
  const asWorker = { ...whole, DATABASE_URL: logins.ingot_worker };
  return {
    web: {
      name: "web",
      module: path.join(root, "lib/launch/cluster.ts"),
      // Under development one, which sees every edit.
      args: [String(dev ? 1 : settings.webProcesses), next, dev ? "dev" : "start", ...web],
      cwd: root,
      environment: {
        ...environmentOf("web", asPortal),
        ...mode,
        NEXT_TELEMETRY_DISABLED: "1",
        NEXT_SERVER_ACTIONS_ENCRYPTION_KEY: whole.NEXT_SERVER_ACTIONS_ENCRYPTION_KEY ?? "",
      },
    },
    worker: {
      name: "worker",
      module: path.join(root, "lib/worker/main.ts"),
      flags: workerFlags,
      cwd: root,
      environment: { ...environmentOf("worker", asWorker), ...mode },
    },
    boot: {
      name: "boot",
      module: path.join(root, "lib/boot/main.ts"),
      cwd: root,
      environment: { ...environmentOf("boot", asWorker), ...mode },
    },
  };
}

/** Where a service says how it is, as seen from this machine; null for the worker, which does not listen. */
function addressOf(service: Service, settings: LaunchSettings): string | null {
  if (service === "worker") return null;
  const { host, port, health } =
    service === "web"
      ? { host: settings.host, port: settings.port, health: "/api/health" }
      : { host: settings.bootHost, port: settings.bootPort, health: "/healthz" };
  const near = host === "0.0.0.0" ? "127.0.0.1" : host === "::" ? "::1" : host;
  return `http://${near.includes(":") ? `[${near}]` : near}:${port}${health}`;
}

/** Waits until all that listen answer. Throws when one ends before that. */
async function allReady(
  running: ReadonlyMap<Service, SupervisedService>,
  settings: LaunchSettings,
  signal?: AbortSignal,
): Promise<void> {
  const ready = [...running.keys()].map((service) => answers(addressOf(service, settings), signal));
  const ended = [...running].map(async ([service, { firstExit }]) => {
    throw new Error(`The ${service} service ${await firstExit} while it was being started.`);
  });
  await Promise.race([Promise.all(ready), ...ended]);
}

/** Waits until a server says that it is well, which no status from 500 does; at most two minutes. */
async function answers(address: string | null, signal?: AbortSignal): Promise<void> {
  if (address === null) return;
  let last = "Nothing answered";
  for (const deadline = performance.now() + 120_000; performance.now() < deadline; ) {
    signal?.throwIfAborted();
    try {
      const patience = AbortSignal.timeout(30_000);
      const { status } = await fetch(address, { redirect: "manual", signal: patience });
      if (status < 500) return;
      last = `Status ${status} was all that was answered`;
    } catch {
      // It does not listen yet.
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${last} at ${address} within two minutes.`);
}

async function requireFreePorts(settings: LaunchSettings, wanted: readonly Service[]) {
  const needed = [
    { service: "web", host: settings.host, port: settings.port, variable: "INGOT_PORT" },
    {
      service: "boot",
      host: settings.bootHost,
      port: settings.bootPort,
      variable: "INGOT_BOOT_PORT",
    },
    ...settings.metrics.flatMap(({ service, door }) =>
      door ? [{ service, ...door, variable: "INGOT_METRICS_PORT" } as const] : [],
    ),
  ] as const;
  for (const { service, host, port, variable } of needed) {
    if (!wanted.includes(service)) continue;
    const code = await listenError(host, port);
    if (code === "EADDRINUSE") {
      throw new Error(
        `Port ${port} on ${host} is in use by another program. Stop that one, or set ${variable} to another port.`,
      );
    }
    if (code) throw new Error(`${variable}: cannot listen on port ${port} of ${host} (${code}).`);
  }
}

function listenError(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => resolve(error.code));
    server.listen(port, host, () => server.close(() => resolve(undefined)));
  });
}

/** `npm start` and `npm run dev`: runs until a signal comes. */
async function main(): Promise<void> {
  const forPerson = process.stdout.isTTY === true;
  const write = (line: string) => process.stdout.write(`${line}\n`);
  const ending = new AbortController();
  const signalled = Promise.withResolvers<void>();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => {
      ending.abort(new Error(`Stopped by ${signal} before everything ran.`));
      signalled.resolve();
    });
  }
  let ingot: Ingot;
  try {
    ingot = await startIngot({
      dev: process.argv.includes("--dev"),
      signal: ending.signal,
      onLine(source, line) {
        const shown = forPerson ? readableLine(source, line) : line;
        if (shown !== null) write(shown);
      },
    });
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
    process.exit(1);
  }
  const { postgres } = ingot;
  const setupLink = await firstRunLink(ingot.databaseUrl, ingot.origin);
  const database = postgres ? `embedded, port ${postgres.port}` : "as DATABASE_URL says";
  if (forPerson) write(banner({ ...ingot, services, database, setupLink }));
  else if (setupLink) write(`Make the first operator at ${setupLink}`);
  await signalled.promise;
  if (forPerson) write("Stopping.");
  await ingot.stop();
  process.exit(0);
}

if (import.meta.main) await main();
