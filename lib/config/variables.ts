import { availableParallelism } from "node:os";
import path from "node:path";
import { z } from "zod";
import { everyNetwork, isNetwork, privateNetworks } from "#lib/domain/network-address";

// Every setting, as a row of one table: how its text is read, what stands in for it, and which programs
// are given it. `env.ts` reads them.

/** The programs Ingot consists of: the three servers, and the launcher that starts them. */
export type Program = "launch" | "web" | "worker" | "boot";

export type Variable = {
  /** Turns the text into the setting; the message says what the text is not. */
  reads: z.ZodType<unknown, string>;
  /** What stands in when nothing is said. Without one the setting must be given. */
  otherwise?: string;
  example: string;
  usedBy: readonly Program[];
  /** Never repeated in a message. */
  secret?: true;
  /** It may lie in a file that `NAME_FILE` names, and is then read at each use: keys are rotated there. */
  inFile?: true;
};

const port = z
  .string()
  .regex(/^\d{1,5}$/, "not a port from 1 to 65535")
  .transform(Number)
  .refine((value) => value >= 1 && value <= 65_535, "not a port from 1 to 65535");

function wholeNumber(unit: string, least: number, most: number) {
  const message = `not a whole number of ${unit} from ${least} to ${most}`;
  return z
    .string()
    .regex(/^\d{1,9}$/, message)
    .transform(Number)
    .refine((value) => value >= least && value <= most, message);
}

const seconds = (least: number, most: number) =>
  wholeNumber("seconds", least, most).transform((value) => value * 1000);

const host = z.string().regex(/^[0-9A-Za-z.:-]+$/, "not an address or a name to listen on");

const origin = z
  .string()
  .refine(isOrigin, "not an address like https://name:port, without a path")
  .transform((text) => new URL(text).origin);

function isOrigin(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && /^https?:$/.test(url.protocol) && /^https?:\/\/[^/?#@]+\/?$/.test(text);
}

const fileSystemPath = z
  .string()
  .min(1, "empty")
  .transform((text) => path.resolve(text));

const networks = z
  .string()
  .transform((text) => text.split(",").map((part) => part.trim()))
  .refine((list) => list.every(isNetwork), "not a list of networks in CIDR notation");

const isBase64Key = (text: string) => /^[A-Za-z0-9+/]{40,}={0,2}$/.test(text);

const base64Key = z.string().refine(isBase64Key, "not an X25519 key as base64 DER");

/** The newest first; more than one while they are rotated. */
const base64Keys = (kind: string) =>
  z
    .string()
    .refine(
      (text) => text.split(",").every(isBase64Key),
      `not ${kind} keys as base64 DER, with commas between`,
    );

const everySecret = z.string().min(32, "shorter than 32 characters");

/** `key=value,key2=value2`, values percent-encoded, as OpenTelemetry writes lists of pairs (W3C Baggage). */
const pairs = z.string().transform((text, context) => {
  const read = text
    .split(",")
    .filter((part) => part.trim() !== "")
    .map((part) => /^\s*([^\s=;,]+)\s*=\s*(.*?)\s*$/.exec(part));
  try {
    return Object.fromEntries(
      read.map((pair) => {
        if (!pair) throw new URIError("no pair");
        return [pair[1] ?? "", decodeURIComponent(pair[2] ?? "")];
      }),
    );
  } catch {
    context.addIssue({
      code: "custom",
      message: "not a list like key=value,key2=value2",
    });
    return z.NEVER;
  }
});

/** Pairs that can be sent as headers. What is wrong with one is not told, since it may be a secret. */
const headerPairs = pairs.refine((headers) => {
  try {
    new Headers(headers);
    return true;
  } catch {
    return false;
  }
}, "not a list of headers");

/** Spans go to a path below it, by the specification of OTLP. A name and a password have headers. */
function isReceiver(text: string): boolean {
  const url = URL.parse(text);
  return (
    url !== null && /^https?:$/.test(url.protocol) && !url.username && !url.search && !url.hash
  );
}

/** Who sends traces, and the launcher, which says at the start what is wrong. */
const tracedPrograms = ["launch", "web", "worker"] as const;

const everyServer = ["web", "worker", "boot"] as const;
const everyProgram = ["launch", ...everyServer] as const;

/** The settings by name. */
export const variables = {
  DATABASE_URL: {
    reads: z.string().regex(/^postgres(ql)?:\/\/.+/, "not a postgres:// address"),
    example: "postgres://ingot_owner:password@db.example.com:5432/ingot",
    usedBy: everyServer,
    secret: true,
  },
  INGOT_ORIGIN: {
    reads: origin,
    example: "https://ingot.example.com",
    usedBy: ["launch", "web", "worker"],
  },
  INGOT_HOST: {
    reads: host,
    otherwise: "127.0.0.1",
    example: "0.0.0.0",
    usedBy: ["launch", "web"],
  },
  INGOT_PORT: {
    reads: port,
    otherwise: "3000",
    example: "3000",
    usedBy: ["launch", "web", "worker"],
  },
  INGOT_WEB_PROCESSES: {
    reads: wholeNumber("processes", 1, 64),
    otherwise: String(Math.min(4, availableParallelism())),
    example: "4",
    usedBy: ["launch"],
  },
  INGOT_PROXIES: {
    reads: wholeNumber("proxies", 0, 9),
    otherwise: "0",
    example: "1",
    usedBy: ["launch", "web"],
  },
  INGOT_BOOT_ORIGIN: { reads: origin, example: "http://10.0.0.5:3001", usedBy: everyProgram },
  INGOT_BOOT_HOST: {
    reads: host,
    otherwise: "127.0.0.1",
    example: "10.0.0.5",
    usedBy: everyProgram,
  },
  INGOT_BOOT_PORT: { reads: port, otherwise: "3001", example: "3001", usedBy: everyProgram },
  INGOT_EC2_METADATA: {
    reads: z.enum(["on", "off"], { error: "not on or off" }).transform((text) => text === "on"),
    otherwise: "on",
    example: "off",
    usedBy: ["boot"],
  },
  INGOT_BOOT_PLACES: {
    reads: z.enum(["on", "off"], { error: "not on or off" }).transform((text) => text === "on"),
    otherwise: "on",
    example: "off",
    usedBy: ["boot"],
  },
  INGOT_DATA_DIRECTORY: {
    reads: fileSystemPath,
    otherwise: "data",
    example: "/var/lib/ingot",
    usedBy: everyProgram,
  },
  INGOT_IMAGE_DIRECTORY: {
    reads: fileSystemPath,
    example: "/var/lib/ingot/images",
    usedBy: everyProgram,
  },
  INGOT_BOOT_STUB: {
    reads: fileSystemPath,
    otherwise: "/usr/lib/systemd/boot/efi/linuxx64.efi.stub",
    example: "/usr/lib/systemd/boot/efi/linuxx64.efi.stub",
    usedBy: ["boot"],
  },
  INGOT_SESSION_SECRET: {
    reads: everySecret,
    example: "32 random characters or more",
    usedBy: ["web"],
    secret: true,
  },
  INGOT_IDENTITY_SECRET: {
    reads: everySecret,
    example: "32 random characters or more",
    usedBy: ["web"],
    secret: true,
    inFile: true,
  },
  INGOT_BOOT_SECRET: {
    reads: everySecret,
    example: "32 random characters or more",
    usedBy: ["worker", "boot"],
    secret: true,
  },
  INGOT_CREDENTIAL_PUBLIC_KEY: {
    reads: base64Key,
    example: "MCowBQYDK2VuAyEA…",
    usedBy: ["web"],
    inFile: true,
  },
  INGOT_CREDENTIAL_PRIVATE_KEY: {
    reads: base64Keys("X25519"),
    example: "MC4CAQAwBQYDK2VuBCIE…",
    usedBy: ["worker"],
    secret: true,
    inFile: true,
  },
  INGOT_AUDIT_PUBLIC_KEY: {
    reads: base64Keys("Ed25519"),
    example: "MCowBQYDK2VwAyEA…",
    usedBy: ["web"],
    inFile: true,
  },
  INGOT_AUDIT_PRIVATE_KEY: {
    reads: base64Keys("Ed25519"),
    example: "MC4CAQAwBQYDK2VwBCIE…",
    usedBy: ["worker"],
    secret: true,
    inFile: true,
  },
  INGOT_CONTROLLER_NETWORKS: {
    reads: networks,
    otherwise: privateNetworks.join(","),
    example: "10.4.0.0/16,fd00:4::/32",
    usedBy: ["web", "worker"],
  },
  INGOT_PROVIDER_NETWORKS: {
    reads: networks,
    otherwise: privateNetworks.join(","),
    example: "10.6.0.0/24",
    usedBy: ["worker"],
  },
  INGOT_WEBHOOK_NETWORKS: {
    reads: networks,
    otherwise: everyNetwork.join(","),
    example: "10.6.0.0/24,0.0.0.0/0",
    usedBy: ["worker"],
  },
  SMTP_URL: {
    reads: z
      .string()
      .refine(
        (text) => /^smtps?:$/.test(URL.parse(text)?.protocol ?? ""),
        "not an address like smtps://name:password@host:port",
      ),
    example: "smtps://ingot:password@mail.example.com:465",
    usedBy: ["worker"],
    // It may hold a name and a password.
    secret: true,
  },
  SMTP_FROM: {
    reads: z
      .string()
      .regex(
        /^[^\r\n<>]{0,100}<[^\s<>@]+@[^\s<>@]+>$|^[^\s<>@]+@[^\s<>@]+$/,
        "not an address to send from",
      ),
    example: "Ingot <ingot@example.com>",
    usedBy: ["web", "worker"],
  },
  INGOT_NODE_NETWORKS: {
    reads: networks,
    otherwise: privateNetworks.join(","),
    example: "10.8.0.0/16",
    usedBy: ["web", "worker", "boot"],
  },
  INGOT_NODE_EXPORTER_PORT: {
    reads: port,
    otherwise: "9100",
    example: "9100",
    usedBy: ["worker"],
  },
  INGOT_METRICS_PORT: {
    reads: port,
    example: "9464",
    usedBy: everyProgram,
  },
  INGOT_METRICS_HOST: {
    reads: host,
    otherwise: "127.0.0.1",
    example: "10.0.0.5",
    usedBy: everyProgram,
  },
  INGOT_METRICS_TOKEN: {
    reads: everySecret,
    example: "32 random characters or more",
    usedBy: everyProgram,
    secret: true,
  },
  INGOT_PROMETHEUS_URL: {
    reads: z
      .string()
      .refine(
        (text) => /^https?:$/.test(URL.parse(text)?.protocol ?? ""),
        "not an address like https://name:port/path",
      ),
    example: "http://prometheus.example.com:9090",
    usedBy: ["web"],
    // It may hold a name and a password.
    secret: true,
  },
  INGOT_PROMETHEUS_HEADERS: {
    reads: headerPairs,
    otherwise: "",
    example: "X-Scope-OrgID=gpus",
    usedBy: ["web"],
    // They may be what lets us in.
    secret: true,
  },
  OTEL_EXPORTER_OTLP_ENDPOINT: {
    reads: z.string().refine(isReceiver, "not an address like https://name:port"),
    example: "http://otel-collector.example.com:4318",
    usedBy: tracedPrograms,
  },
  OTEL_EXPORTER_OTLP_PROTOCOL: {
    reads: z.literal("http/json", { error: "not http/json, which is what Ingot speaks" }),
    otherwise: "http/json",
    example: "http/json",
    usedBy: tracedPrograms,
  },
  OTEL_EXPORTER_OTLP_HEADERS: {
    reads: headerPairs,
    otherwise: "",
    example: "authorization=Bearer%20token",
    usedBy: tracedPrograms,
    // They are what lets us in.
    secret: true,
  },
  OTEL_EXPORTER_OTLP_TIMEOUT: {
    reads: wholeNumber("milliseconds", 100, 60_000),
    otherwise: "10000",
    example: "10000",
    usedBy: tracedPrograms,
  },
  OTEL_SERVICE_NAME: {
    reads: z.string().max(255, "longer than 255 characters"),
    example: "ingot-frankfurt",
    usedBy: tracedPrograms,
  },
  OTEL_RESOURCE_ATTRIBUTES: {
    reads: pairs,
    otherwise: "",
    example: "deployment.environment.name=production",
    usedBy: tracedPrograms,
  },
  OTEL_SDK_DISABLED: {
    reads: z.string().transform((text) => text.toLowerCase() === "true"),
    otherwise: "false",
    example: "true",
    usedBy: tracedPrograms,
  },
  INGOT_LOG_LEVEL: {
    reads: z.enum(["trace", "debug", "info", "warn", "error", "fatal"], {
      error: "not one of trace, debug, info, warn, error, fatal",
    }),
    otherwise: "info",
    example: "debug",
    usedBy: everyProgram,
  },
  INGOT_LEASE_SECONDS: {
    reads: seconds(1, 300),
    otherwise: "15",
    example: "15",
    usedBy: ["worker"],
  },
  INGOT_BOOT_LIMIT_SECONDS: {
    reads: seconds(1, 86_400),
    otherwise: "1800",
    example: "1800",
    usedBy: ["worker"],
  },
  INGOT_POWER_LIMIT_SECONDS: {
    reads: seconds(1, 86_400),
    otherwise: "600",
    example: "600",
    usedBy: ["worker"],
  },
  INGOT_SANITIZE_LIMIT_SECONDS: {
    reads: seconds(1, 604_800),
    otherwise: "14400",
    example: "14400",
    usedBy: ["worker"],
  },
  INGOT_INSPECT_LIMIT_SECONDS: {
    reads: seconds(1, 604_800),
    otherwise: "14400",
    example: "14400",
    usedBy: ["worker"],
  },
  INGOT_SCRAPE_SECONDS: {
    reads: seconds(1, 3600),
    otherwise: "15",
    example: "15",
    usedBy: ["web", "worker"],
  },
  INGOT_KEEP_SAMPLES_DAYS: {
    reads: wholeNumber("days", 1, 3_660),
    otherwise: "7",
    example: "7",
    usedBy: ["web", "worker"],
  },
  INGOT_KEEP_MINUTES_DAYS: {
    reads: wholeNumber("days", 1, 3_660),
    otherwise: "32",
    example: "32",
    usedBy: ["web", "worker"],
  },
  // A day's chart is drawn of quarters of an hour, a month's of hours, each with its bucket that is cut.
  INGOT_KEEP_QUARTERS_DAYS: {
    reads: wholeNumber("days", 2, 3_660),
    otherwise: "100",
    example: "100",
    usedBy: ["web", "worker"],
  },
  INGOT_KEEP_HOURS_DAYS: {
    reads: wholeNumber("days", 31, 3_660),
    otherwise: "400",
    example: "400",
    usedBy: ["web", "worker"],
  },
  INGOT_CONTROLLER_WATCH_SECONDS: {
    reads: seconds(10, 86_400),
    otherwise: "60",
    example: "60",
    usedBy: ["web", "worker"],
  },
  INGOT_POLL_MILLISECONDS: {
    reads: wholeNumber("milliseconds", 10, 60_000),
    otherwise: "1000",
    example: "1000",
    usedBy: ["worker"],
  },
} as const satisfies Record<string, Variable>;
