import { readFileSync } from "node:fs";
import path from "node:path";
import type { z } from "zod";
import { type Program, type Variable, variables } from "#lib/config/variables";

// The only reader of the environment. Every setting is one row of `variables`; a process is given
// the rows it needs and reads no others, so the key that opens controllers' credentials is never in
// the memory of the portal.

type Name = keyof typeof variables;
type Value<N extends Name> = z.output<(typeof variables)[N]["reads"]>;

/** Text values by name, as `process.env` holds them. An empty text counts as not said. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Every setting's name and who reads it, for the launcher and the README. */
export const settingNames = Object.keys(variables) as Name[];

/** A setting that cannot be used. Its message is one sentence for the person who set it. */
export class SettingsError extends Error {
  override name = "SettingsError";
}

/** What the portal reads. Times are in milliseconds, directories absolute. */
export type Settings = ReturnType<typeof webSettings>;
export type WorkerSettings = ReturnType<typeof workerSettings>;
export type BootSettings = ReturnType<typeof bootSettings>;
export type LaunchSettings = ReturnType<typeof launchSettings>;

let ownSettings: Settings | undefined;

/**
 * The settings of the portal; its own environment is read once.
 * Throws a `SettingsError` that names the variable, what is wrong with it and an example.
 */
export function readSettings(source?: Environment): Settings {
  if (source) return webSettings(source);
  ownSettings ??= webSettings(process.env);
  return ownSettings;
}

/** The settings of the worker. Throws as `readSettings` does. */
export function readWorkerSettings(source: Environment = process.env): WorkerSettings {
  return workerSettings(source);
}

/** The settings of the boot server. Throws as `readSettings` does. */
export function readBootSettings(source: Environment = process.env): BootSettings {
  return bootSettings(source);
}

/** The settings of the launcher, which makes the secrets that are missing. Throws likewise. */
export function readLaunchSettings(source: Environment = process.env): LaunchSettings {
  return launchSettings(source);
}

/** How many proxies stand before the portal and tell whom they ask for. Throws as `readSettings` does. */
export function readProxies(source: Environment = process.env): number {
  return read(source, "INGOT_PROXIES");
}

/** What the seals of the audit log are checked by, for who checks them without a portal. Throws likewise. */
export function readAuditKeys(source: Environment = process.env): string {
  return reader(source, "INGOT_AUDIT_PUBLIC_KEY")();
}

/** Where a server answers monitoring: the portal on the port that is set, the others after it. */
export type MetricsDoor = { host: string; port: number; token: string | null };

const metricsPortOf = { web: 0, worker: 1, boot: 2 } as const;

/** Where one server's metrics are served; null when no port is set. Throws as `readSettings` does. */
export function readMetricsDoor(
  program: keyof typeof metricsPortOf,
  source: Environment = process.env,
): MetricsDoor | null {
  if (!source.INGOT_METRICS_PORT) return null;
  const listening = read(source, "INGOT_METRICS_HOST");
  const token = source.INGOT_METRICS_TOKEN ? read(source, "INGOT_METRICS_TOKEN") : null;
  if (token === null && !["127.0.0.1", "::1", "localhost"].includes(listening)) {
    throw new SettingsError(
      `INGOT_METRICS_TOKEN is not set, and on ${listening} others than this machine could read the metrics; for example INGOT_METRICS_TOKEN=${variables.INGOT_METRICS_TOKEN.example}.`,
    );
  }
  const first = read(source, "INGOT_METRICS_PORT");
  const last = first + Math.max(...Object.values(metricsPortOf));
  if (last > 65_535) {
    throw new SettingsError(
      `INGOT_METRICS_PORT is ${first}, and the two ports after it are needed too; for example INGOT_METRICS_PORT=${variables.INGOT_METRICS_PORT.example}.`,
    );
  }
  return { host: listening, port: first + metricsPortOf[program], token };
}

export type TraceSettings = NonNullable<ReturnType<typeof readTraceSettings>>;

/**
 * Where spans are sent to, by OpenTelemetry's own variables; null when no receiver is named, or all of
 * it is switched off. Throws as `readSettings` does.
 */
export function readTraceSettings(source: Environment = process.env) {
  if (!source.OTEL_EXPORTER_OTLP_ENDPOINT || read(source, "OTEL_SDK_DISABLED")) return null;
  read(source, "OTEL_EXPORTER_OTLP_PROTOCOL");
  return {
    url: `${read(source, "OTEL_EXPORTER_OTLP_ENDPOINT").replace(/\/$/, "")}/v1/traces`,
    headers: read(source, "OTEL_EXPORTER_OTLP_HEADERS"),
    timeoutMs: read(source, "OTEL_EXPORTER_OTLP_TIMEOUT"),
    serviceName: source.OTEL_SERVICE_NAME ? read(source, "OTEL_SERVICE_NAME") : null,
    resource: read(source, "OTEL_RESOURCE_ATTRIBUTES"),
  };
}

/** True under `npm run dev` alone. */
export function isDevelopment(): boolean {
  return process.env.NODE_ENV === "development";
}

/** What this process was started with, for the launcher to hand on a part of it. */
export function ownEnvironment(): Environment {
  return process.env;
}

/**
 * The least environment of one program: the variables it reads, and those of the operating system
 * that any program needs. Nothing that is not asked for gets through.
 */
export function environmentOf(program: Program, source: Environment): Record<string, string> {
  const ours = settingNames
    .filter((name) => isUsedBy(name, program))
    .flatMap((name) => (mayLieInFile(name) ? [name, fileOf(name)] : [name]));
  return { ...systemEnvironment(source), ...chosen(source, ours) };
}

/** What any program needs of its surroundings, and none of our settings. */
export function systemEnvironment(source: Environment): Record<string, string> {
  return chosen(source, [
    ...["PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "TERM"],
    ...["NODE_EXTRA_CA_CERTS", "NODE_OPTIONS"],
  ]);
}

function chosen(source: Environment, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => (source[name] ? [[name, source[name]] as [string, string]] : [])),
  );
}

function webSettings(source: Environment) {
  refuseUnknown(source);
  const identitySecret = reader(source, "INGOT_IDENTITY_SECRET");
  const credentialPublicKey = reader(source, "INGOT_CREDENTIAL_PUBLIC_KEY");
  const auditPublicKeys = reader(source, "INGOT_AUDIT_PUBLIC_KEY");
  return {
    databaseUrl: read(source, "DATABASE_URL"),
    origin: portalOrigin(source),
    ...bootOrigin(source),
    ...directories(source),
    sessionSecret: read(source, "INGOT_SESSION_SECRET"),
    /** As it is now, which is why nobody keeps a copy: keys are rotated under a portal that runs. */
    get identitySecret() {
      return identitySecret();
    },
    /** As it is now, likewise. */
    get credentialPublicKey() {
      return credentialPublicKey();
    },
    /** What the seals of the audit log are checked by, likewise. */
    get auditPublicKeys() {
      return auditPublicKeys();
    },
    controllerNetworks: read(source, "INGOT_CONTROLLER_NETWORKS"),
    nodeNetworks: read(source, "INGOT_NODE_NETWORKS"),
    scrapeMs: read(source, "INGOT_SCRAPE_SECONDS"),
    keepDays: keepDays(source),
    /** How often controllers' sensors are read. */
    controllerWatchMs: read(source, "INGOT_CONTROLLER_WATCH_SECONDS"),
    /** Null: charts are drawn from our own database. */
    prometheus: source.INGOT_PROMETHEUS_URL
      ? {
          url: read(source, "INGOT_PROMETHEUS_URL"),
          headers: read(source, "INGOT_PROMETHEUS_HEADERS"),
        }
      : null,
    /** Whom mail is from; null: none is sent. How it is sent is the worker's to know. */
    mailFrom: source.SMTP_FROM ? read(source, "SMTP_FROM") : null,
    logLevel: read(source, "INGOT_LOG_LEVEL"),
  };
}

function workerSettings(source: Environment) {
  refuseUnknown(source);
  const credentialPrivateKey = reader(source, "INGOT_CREDENTIAL_PRIVATE_KEY");
  const auditPrivateKeys = reader(source, "INGOT_AUDIT_PRIVATE_KEY");
  return {
    databaseUrl: read(source, "DATABASE_URL"),
    origin: portalOrigin(source),
    ...bootOrigin(source),
    ...directories(source),
    bootSecret: read(source, "INGOT_BOOT_SECRET"),
    /** As it is now, which is why nobody keeps a copy: keys are rotated under a worker that runs. */
    get credentialPrivateKey() {
      return credentialPrivateKey();
    },
    /** What seals the audit log, likewise. */
    get auditPrivateKeys() {
      return auditPrivateKeys();
    },
    controllerNetworks: read(source, "INGOT_CONTROLLER_NETWORKS"),
    providerNetworks: read(source, "INGOT_PROVIDER_NETWORKS"),
    webhookNetworks: read(source, "INGOT_WEBHOOK_NETWORKS"),
    mail: mailSettings(source),
    nodeNetworks: read(source, "INGOT_NODE_NETWORKS"),
    nodeExporterPort: read(source, "INGOT_NODE_EXPORTER_PORT"),
    leaseMs: read(source, "INGOT_LEASE_SECONDS"),
    pollMs: read(source, "INGOT_POLL_MILLISECONDS"),
    scrapeMs: read(source, "INGOT_SCRAPE_SECONDS"),
    keepDays: keepDays(source),
    controllerWatchMs: read(source, "INGOT_CONTROLLER_WATCH_SECONDS"),
    powerLimitMs: read(source, "INGOT_POWER_LIMIT_SECONDS"),
    /** A node that has not reported by then has failed to boot. */
    bootLimitMs: read(source, "INGOT_BOOT_LIMIT_SECONDS"),
    sanitizeLimitMs: read(source, "INGOT_SANITIZE_LIMIT_SECONDS"),
    /** An inspection with its burn-in that took longer has failed. */
    inspectLimitMs: read(source, "INGOT_INSPECT_LIMIT_SECONDS"),
    logLevel: read(source, "INGOT_LOG_LEVEL"),
  };
}

/** How many days telemetry is kept, from samples to the widest roll-ups, each made of the one before it. */
function keepDays(source: Environment) {
  const kept = {
    samples: "INGOT_KEEP_SAMPLES_DAYS",
    minutes: "INGOT_KEEP_MINUTES_DAYS",
    quarters: "INGOT_KEEP_QUARTERS_DAYS",
    hours: "INGOT_KEEP_HOURS_DAYS",
  } as const;
  const names = Object.values(kept);
  const days = names.map((name) => read(source, name));
  for (const [index, name] of names.entries()) {
    const narrower = names[index - 1];
    const [own, least] = [days[index] ?? 0, days[index - 1] ?? 0];
    if (!narrower || own >= least) continue;
    throw new SettingsError(
      `${name} is ${own}, fewer days than the ${least} of ${narrower}: what is wider is kept as long at least; for example ${name}=${least}.`,
    );
  }
  const of = (name: (typeof names)[number]) => read(source, name);
  return {
    ...{ samples: of(kept.samples), minutes: of(kept.minutes) },
    ...{ quarters: of(kept.quarters), hours: of(kept.hours) },
  };
}

function bootSettings(source: Environment) {
  refuseUnknown(source);
  return {
    databaseUrl: read(source, "DATABASE_URL"),
    ...bootOrigin(source),
    bootHost: read(source, "INGOT_BOOT_HOST"),
    bootPort: read(source, "INGOT_BOOT_PORT"),
    /** Whether it answers as EC2's metadata service does. */
    ec2Metadata: read(source, "INGOT_EC2_METADATA"),
    /** Whether a part of a boot has to ask from one address. */
    keepsPlaces: read(source, "INGOT_BOOT_PLACES"),
    ...directories(source),
    /** What kernel and initrd are put into, for UEFI firmware to start. */
    bootStub: read(source, "INGOT_BOOT_STUB"),
    bootSecret: read(source, "INGOT_BOOT_SECRET"),
    nodeNetworks: read(source, "INGOT_NODE_NETWORKS"),
    logLevel: read(source, "INGOT_LOG_LEVEL"),
  };
}

function launchSettings(source: Environment) {
  refuseUnknown(source);
  return {
    /** Null: the embedded database is started. */
    databaseUrl: source.DATABASE_URL ? read(source, "DATABASE_URL") : null,
    origin: portalOrigin(source),
    host: read(source, "INGOT_HOST"),
    port: read(source, "INGOT_PORT"),
    webProcesses: read(source, "INGOT_WEB_PROCESSES"),
    proxies: readProxies(source),
    ...bootOrigin(source),
    bootHost: read(source, "INGOT_BOOT_HOST"),
    bootPort: read(source, "INGOT_BOOT_PORT"),
    ...directories(source),
    logLevel: read(source, "INGOT_LOG_LEVEL"),
    traces: readTraceSettings(source),
    /** Each server's, null when no metrics are wanted. */
    metrics: (["web", "worker", "boot"] as const).map((service) => ({
      service,
      door: readMetricsDoor(service, source),
    })),
  };
}

/** How mail is sent and from whom; null where neither is said. Half of it is a mistake. */
function mailSettings(source: Environment): { url: string; from: string } | null {
  if (!source.SMTP_URL && !source.SMTP_FROM) return null;
  return { url: read(source, "SMTP_URL"), from: read(source, "SMTP_FROM") };
}

function portalOrigin(source: Environment): string {
  if (source.INGOT_ORIGIN) return read(source, "INGOT_ORIGIN");
  return `http://127.0.0.1:${read(source, "INGOT_PORT")}`;
}

/** Nodes cannot call "every address of this machine", so that case needs to be told. */
function bootOrigin(source: Environment): { bootOrigin: string } {
  if (source.INGOT_BOOT_ORIGIN) return { bootOrigin: read(source, "INGOT_BOOT_ORIGIN") };
  const listening = read(source, "INGOT_BOOT_HOST");
  if (listening === "0.0.0.0" || listening === "::") {
    throw new SettingsError(
      `INGOT_BOOT_ORIGIN is not set, and nodes cannot call ${listening}; for example INGOT_BOOT_ORIGIN=${variables.INGOT_BOOT_ORIGIN.example}.`,
    );
  }
  const name = listening.includes(":") ? `[${listening}]` : listening;
  return { bootOrigin: `http://${name}:${read(source, "INGOT_BOOT_PORT")}` };
}

function directories(source: Environment) {
  const dataDirectory = read(source, "INGOT_DATA_DIRECTORY");
  return {
    dataDirectory,
    imageDirectory: source.INGOT_IMAGE_DIRECTORY
      ? read(source, "INGOT_IMAGE_DIRECTORY")
      : path.join(dataDirectory, "images"),
  };
}

/**
 * What gives a setting as it is at that moment: of a file, what the file then says. Asked once here,
 * so that a program does not start without it.
 */
function reader<N extends Name>(source: Environment, name: N): () => Value<N> {
  const file = source[fileOf(name)];
  if (!file) {
    const value = read(source, name);
    return () => value;
  }
  if (source[name]) throw new SettingsError(`Set ${name} or ${fileOf(name)}, not both.`);
  const now = () => read({ ...source, [name]: textIn(file, name) }, name);
  now();
  return now;
}

function textIn(file: string, name: Name): string {
  try {
    return readFileSync(file, "utf8").trim();
  } catch (cause) {
    throw new SettingsError(`${fileOf(name)} names ${file}, which cannot be read.`, { cause });
  }
}

function fileOf(name: Name): string {
  return `${name}_FILE`;
}

function mayLieInFile(name: Name): boolean {
  const variable: Variable = variables[name];
  return variable.inFile === true;
}

function read<N extends Name>(source: Environment, name: N): Value<N> {
  const variable: Variable = variables[name];
  const text = source[name] || variable.otherwise;
  const example = `for example ${name}=${variable.example}`;
  if (text === undefined) throw new SettingsError(`${name} is not set; ${example}.`);
  const parsed = variable.reads.safeParse(text);
  if (!parsed.success) {
    const said = variable.secret ? "" : ` ${JSON.stringify(text)}, which is`;
    throw new SettingsError(`${name} is${said} ${parsed.error.issues[0]?.message}; ${example}.`);
  }
  return parsed.data as Value<N>;
}

function isUsedBy(name: Name, program: Program): boolean {
  const { usedBy }: Variable = variables[name];
  return usedBy.includes(program);
}

/** A misspelt setting would be ignored in silence, and its default would hold. */
function refuseUnknown(source: Environment): void {
  const known = settingNames.flatMap((name) =>
    mayLieInFile(name) ? [name, fileOf(name)] : [name],
  );
  for (const name of Object.keys(source)) {
    if (!name.startsWith("INGOT_") || known.includes(name as Name)) continue;
    const near = closest(name, known);
    throw new SettingsError(
      `${name} is not a setting of Ingot${near ? `; did you mean ${near}?` : ", see the table in README.md."}`,
    );
  }
}

/** The known name that at most a third of the letters away; undefined when none is near. */
function closest(name: string, known: readonly string[]): string | undefined {
  const [best] = known
    .map((other) => ({ other, distance: editDistance(name, other) }))
    .sort((a, b) => a.distance - b.distance);
  return best && best.distance <= name.length / 3 ? best.other : undefined;
}

/** Levenshtein: how many letters to insert, delete or replace to make one text the other. */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (const [i, letter] of [...from].entries()) {
    const next = [i + 1];
    for (const [j, other] of [...to].entries()) {
      const replaced = (row[j] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
