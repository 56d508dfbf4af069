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
    serializers: { error: pino.stdSerializers.err },
  };
  return onLine ? pino(options, { write: (line) => onLine(line.trimEnd()) }) : pino(options);
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
