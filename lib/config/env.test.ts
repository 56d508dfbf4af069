import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import {
  environmentOf,
  readBootSettings,
  readLaunchSettings,
  readMetricsDoor,
  readSettings,
  readTraceSettings,
  readWorkerSettings,
  SettingsError,
  settingNames,
} from "#lib/config/env";
import { usualKeepDays } from "#lib/domain/telemetry/rollup-level";

const key = "MCowBQYDK2VuAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=";
const given = {
  DATABASE_URL: "postgres://ingot_owner:hunter2@127.0.0.1:5432/ingot",
  INGOT_SESSION_SECRET: "s".repeat(32),
  INGOT_IDENTITY_SECRET: "i".repeat(32),
  INGOT_BOOT_SECRET: "b".repeat(32),
  INGOT_CREDENTIAL_PUBLIC_KEY: key,
  INGOT_CREDENTIAL_PRIVATE_KEY: key,
  INGOT_AUDIT_PUBLIC_KEY: key,
  INGOT_AUDIT_PRIVATE_KEY: key,
};

function refusal(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    if (error instanceof SettingsError) return error.message;
    throw error;
  }
  throw new Error("nothing was refused");
}

test("what nobody sets has a default", () => {
  const settings = readSettings(given);
  expect(settings.origin).toBe("http://127.0.0.1:3000");
  expect(settings.bootOrigin).toBe("http://127.0.0.1:3001");
  expect(settings.imageDirectory).toBe(`${process.cwd()}/data/images`);
  expect(settings.controllerNetworks).toContain("10.0.0.0/8");
  expect(settings).toMatchObject({ keepDays: usualKeepDays, controllerWatchMs: 60_000 });
  expect(readWorkerSettings(given)).toMatchObject({
    leaseMs: 15_000,
    pollMs: 1_000,
    bootLimitMs: 1_800_000,
    powerLimitMs: 600_000,
    sanitizeLimitMs: 14_400_000,
    inspectLimitMs: 14_400_000,
    scrapeMs: 15_000,
    ...{ keepDays: usualKeepDays, controllerWatchMs: 60_000 },
  });
  expect(readLaunchSettings({})).toMatchObject({ databaseUrl: null, port: 3000, bootPort: 3001 });
});

test("an empty text counts as not said", () => {
  expect(readLaunchSettings({ INGOT_PORT: "", DATABASE_URL: "" })).toMatchObject({
    databaseUrl: null,
    port: 3000,
  });
});

test("the addresses follow the ports until they are said", () => {
  expect(readLaunchSettings({ INGOT_PORT: "80", INGOT_BOOT_HOST: "fd00::5" })).toMatchObject({
    origin: "http://127.0.0.1:80",
    bootOrigin: "http://[fd00::5]:3001",
  });
  expect(readLaunchSettings({ INGOT_ORIGIN: "https://ingot.example.com/" }).origin).toBe(
    "https://ingot.example.com",
  );
});

test("the images move with the data, unless they have a place of their own", () => {
  expect(readBootSettings({ ...given, INGOT_DATA_DIRECTORY: "/srv/a" }).imageDirectory).toBe(
    "/srv/a/images",
  );
  expect(readBootSettings({ ...given, INGOT_IMAGE_DIRECTORY: "/srv/b" }).imageDirectory).toBe(
    "/srv/b",
  );
});

test.for([
  [
    { INGOT_PORT: "http" },
    'INGOT_PORT is "http", which is not a port from 1 to 65535; for example INGOT_PORT=3000.',
  ],
  [
    { INGOT_PORT: "0" },
    'INGOT_PORT is "0", which is not a port from 1 to 65535; for example INGOT_PORT=3000.',
  ],
  [
    { INGOT_ORIGIN: "ingot.example.com" },
    'INGOT_ORIGIN is "ingot.example.com", which is not an address like https://name:port, without a path; for example INGOT_ORIGIN=https://ingot.example.com.',
  ],
  [
    { INGOT_ORIGIN: "https://example.com/ingot" },
    'INGOT_ORIGIN is "https://example.com/ingot", which is not an address like https://name:port, without a path; for example INGOT_ORIGIN=https://ingot.example.com.',
  ],
  [
    { INGOT_BOOT_HOST: "0.0.0.0" },
    "INGOT_BOOT_ORIGIN is not set, and nodes cannot call 0.0.0.0; for example INGOT_BOOT_ORIGIN=http://10.0.0.5:3001.",
  ],
  [
    { INGOT_LOG_LEVEL: "loud" },
    'INGOT_LOG_LEVEL is "loud", which is not one of trace, debug, info, warn, error, fatal; for example INGOT_LOG_LEVEL=debug.',
  ],
  [
    { INGOT_ORIGN: "https://a" },
    "INGOT_ORIGN is not a setting of Ingot; did you mean INGOT_ORIGIN?",
  ],
  [
    { INGOT_FAVOURITE_COLOUR: "blue" },
    "INGOT_FAVOURITE_COLOUR is not a setting of Ingot, see the table in README.md.",
  ],
] as const)("a setting that cannot be used is named in one sentence: %o", ([source, sentence]) => {
  expect(refusal(() => readLaunchSettings(source))).toBe(sentence);
});

test("nothing wider is kept shorter than what it is made of, or than a chart needs", () => {
  const refused = (name: string, days: string) =>
    refusal(() => readWorkerSettings({ ...given, [name]: days }));
  expect(refused("INGOT_KEEP_MINUTES_DAYS", "6")).toBe(
    "INGOT_KEEP_MINUTES_DAYS is 6, fewer days than the 7 of INGOT_KEEP_SAMPLES_DAYS: what is wider is kept as long at least; for example INGOT_KEEP_MINUTES_DAYS=7.",
  );
  expect(refused("INGOT_KEEP_QUARTERS_DAYS", "31")).toContain("the 32 of INGOT_KEEP_MINUTES_DAYS");
  expect(refused("INGOT_KEEP_HOURS_DAYS", "99")).toContain("the 100 of INGOT_KEEP_QUARTERS_DAYS");
  expect(refused("INGOT_KEEP_HOURS_DAYS", "30")).toContain(
    "not a whole number of days from 31 to 3660",
  );
  expect(refused("INGOT_KEEP_SAMPLES_DAYS", "0")).toContain("not a whole number of days from 1");
  const least = {
    INGOT_KEEP_SAMPLES_DAYS: "1",
    INGOT_KEEP_MINUTES_DAYS: "1",
    INGOT_KEEP_QUARTERS_DAYS: "2",
  };
  expect(readWorkerSettings({ ...given, ...least, INGOT_KEEP_HOURS_DAYS: "31" }).keepDays).toEqual({
    ...{ samples: 1, minutes: 1, quarters: 2, hours: 31 },
  });
});

test("a network that is none is refused", () => {
  expect(
    refusal(() => readSettings({ ...given, INGOT_CONTROLLER_NETWORKS: "10.0.0.0/8, 10.0.0.1" })),
  ).toContain('INGOT_CONTROLLER_NETWORKS is "10.0.0.0/8, 10.0.0.1", which is not a list of');
});

test("a secret that is missing is named, and one that is wrong is not repeated", () => {
  const { INGOT_SESSION_SECRET: _, ...without } = given;
  expect(refusal(() => readSettings(without))).toBe(
    "INGOT_SESSION_SECRET is not set; for example INGOT_SESSION_SECRET=32 random characters or more.",
  );
  expect(refusal(() => readSettings({ ...given, INGOT_SESSION_SECRET: "hunter2" }))).toBe(
    "INGOT_SESSION_SECRET is shorter than 32 characters; for example INGOT_SESSION_SECRET=32 random characters or more.",
  );
  const database = refusal(() =>
    readSettings({ ...given, DATABASE_URL: "mysql://root:hunter2@db" }),
  );
  expect(database).not.toContain("hunter2");
});

test("only the worker is given the keys that open controllers' credentials and seal the audit log", () => {
  const whole = { ...given, PATH: "/bin", AWS_SECRET_ACCESS_KEY: "x", INGOT_PORT: "80" };
  expect(environmentOf("worker", whole)).toHaveProperty("INGOT_CREDENTIAL_PRIVATE_KEY");
  expect(environmentOf("worker", whole)).toHaveProperty("INGOT_AUDIT_PRIVATE_KEY");
  for (const program of ["web", "boot", "launch"] as const) {
    expect(environmentOf(program, whole)).not.toHaveProperty("INGOT_CREDENTIAL_PRIVATE_KEY");
    expect(environmentOf(program, whole)).not.toHaveProperty("INGOT_AUDIT_PRIVATE_KEY");
  }
  expect(Object.keys(environmentOf("boot", whole)).sort()).toEqual([
    "DATABASE_URL",
    "INGOT_BOOT_SECRET",
    "PATH",
  ]);
});

test("a key in a file is read at each use, by whoever is given the key itself", () => {
  const directory = mkdtempSync(path.join(tmpdir(), "ingot-env-"));
  const file = path.join(directory, "key");
  const { INGOT_CREDENTIAL_PRIVATE_KEY: _, ...rest } = given;
  const whole = { ...rest, INGOT_CREDENTIAL_PRIVATE_KEY_FILE: file };
  try {
    expect(refusal(() => readWorkerSettings(whole))).toContain("cannot be read");
    writeFileSync(file, `${key}\n`);
    const settings = readWorkerSettings(environmentOf("worker", whole));
    expect(settings.credentialPrivateKey).toBe(key);
    writeFileSync(file, `${key},${key}\n`);
    expect(settings.credentialPrivateKey).toBe(`${key},${key}`);
    for (const program of ["web", "boot", "launch"] as const) {
      expect(Object.keys(environmentOf(program, whole)).join()).not.toContain("PRIVATE_KEY");
    }
    const both = { ...given, INGOT_CREDENTIAL_PRIVATE_KEY_FILE: file };
    expect(refusal(() => readWorkerSettings(both))).toContain("not both");
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test("each program runs on the environment it is given and on no more", () => {
  expect(readSettings(environmentOf("web", given)).origin).toBe("http://127.0.0.1:3000");
  expect(readWorkerSettings(environmentOf("worker", given)).leaseMs).toBe(15_000);
  expect(readBootSettings(environmentOf("boot", given)).bootPort).toBe(3001);
});

test("metrics are off until a port is set, and open to this machine alone until a token is", () => {
  const token = "t".repeat(32);
  const door = (more: Record<string, string>) => readMetricsDoor("worker", { ...given, ...more });
  expect(door({})).toBeNull();
  expect(door({ INGOT_METRICS_TOKEN: token })).toBeNull();
  expect(door({ INGOT_METRICS_PORT: "9464" })).toEqual({
    host: "127.0.0.1",
    port: 9465,
    token: null,
  });
  const outside = { INGOT_METRICS_PORT: "9464", INGOT_METRICS_HOST: "0.0.0.0" };
  expect(() => door(outside)).toThrow(/INGOT_METRICS_TOKEN is not set, and on 0\.0\.0\.0/);
  expect(() => readLaunchSettings(outside)).toThrow("INGOT_METRICS_TOKEN");
  expect(door({ ...outside, INGOT_METRICS_TOKEN: token })?.token).toBe(token);
  expect(() => door({ INGOT_METRICS_PORT: "65534" })).toThrow("two ports after it");
});

test("traces are sent where OpenTelemetry's own variables say, or nowhere", () => {
  const at = { OTEL_EXPORTER_OTLP_ENDPOINT: "http://collector:4318/" };
  expect(readTraceSettings({ OTEL_EXPORTER_OTLP_PROTOCOL: "grpc" })).toBeNull();
  expect(readTraceSettings({ ...at, OTEL_SDK_DISABLED: "TRUE" })).toBeNull();
  expect(readTraceSettings(at)).toEqual({
    url: "http://collector:4318/v1/traces",
    headers: {},
    timeoutMs: 10_000,
    serviceName: null,
    resource: {},
  });
  const more = {
    ...at,
    OTEL_EXPORTER_OTLP_HEADERS: "authorization=Bearer%20a=b, x=1",
    OTEL_SERVICE_NAME: "ingot-frankfurt",
    OTEL_RESOURCE_ATTRIBUTES: "deployment.environment.name=production",
  };
  expect(readTraceSettings(more)).toMatchObject({
    headers: { authorization: "Bearer a=b", x: "1" },
    serviceName: "ingot-frankfurt",
    resource: { "deployment.environment.name": "production" },
  });
  const said = (wrong: object) => refusal(() => readLaunchSettings({ ...at, ...wrong }));
  expect(said({ OTEL_EXPORTER_OTLP_PROTOCOL: "grpc" })).toContain("not http/json");
  expect(said({ OTEL_EXPORTER_OTLP_ENDPOINT: "collector:4318" })).toContain("not an address");
  expect(said({ OTEL_EXPORTER_OTLP_TIMEOUT: "soon" })).toContain("milliseconds");
  const secret = said({ OTEL_EXPORTER_OTLP_HEADERS: "hunter2" });
  expect(secret).toContain("not a list like key=value");
  const unsendable = said({ OTEL_EXPORTER_OTLP_HEADERS: "a=Bearer%20se%0Acret" });
  expect(unsendable).toContain("not a list of headers");
  expect(unsendable).not.toContain("cret");
  expect(secret).not.toContain("hunter2");
  expect(environmentOf("boot", more)).not.toHaveProperty("OTEL_EXPORTER_OTLP_HEADERS");
  expect(environmentOf("worker", more)).toHaveProperty("OTEL_EXPORTER_OTLP_ENDPOINT");
});

test("the README's table names every setting and no other", () => {
  const rows = [...readFileSync("README.md", "utf8").matchAll(/^\| `([A-Z0-9_]+)` \|/gm)];
  expect(rows.map((row) => row[1]).sort()).toEqual([...settingNames].sort());
});
