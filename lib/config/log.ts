import { pino } from "pino";

export type Log = pino.Logger;

/**
 * One JSON line per event on standard output, or to `onLine`: a constant message, its values as
 * fields. Fields that could hold a secret are replaced before they are written, at the top and one
 * level down; a text that holds one in its middle is not seen, so no text is put together here.
 */
export function createLog(service: string, level = "info", onLine?: (line: string) => void): Log {
  const options: pino.LoggerOptions = {
    base: { service },
    level,
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: { paths: secretFields.flatMap((name) => [name, `*.${name}`]), censor: "[redacted]" },
    serializers: { error: withoutValues },
  };
  return onLine ? pino(options, { write: (line) => onLine(line.trimEnd()) }) : pino(options);
}

/**
 * An error as pino writes it, but for the values of a query that failed: drizzle puts them into its message,
 * and Postgres a whole row into its detail. The query itself stays.
 */
function withoutValues(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { params: _params, detail: _detail, ...written } = pino.stdSerializers.err(error);
  const told: string[] = [];
  const seen = new Set<unknown>();
  for (let each: unknown = error; each instanceof Error && !seen.has(each); each = each.cause) {
    seen.add(each);
    if ("params" in each) told.push(`\nparams: ${String(each.params)}`);
  }
  const cut = (text: string) => told.reduce((rest, values) => rest.replaceAll(values, ""), text);
  return { ...written, message: cut(written.message), stack: cut(written.stack) };
}

const secretFields = [
  "password",
  "passphrase",
  "secret",
  "token",
  "authorization",
  "cookie",
  "credential",
  "privateKey",
  "databaseUrl",
  "connectionString",
];
