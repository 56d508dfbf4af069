import { pino } from "pino";

export type Log = pino.Logger;

/**
 * One JSON line per event on standard output: a constant message, its values as fields. Fields
 * that could hold a secret are replaced before they are written.
 */
export function createLog(service: string, level = "info"): Log {
  return pino({
    base: { service },
    level,
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: {
      paths: ["password", "*.password", "token", "*.token", "secret", "*.secret", "authorization"],
      censor: "[redacted]",
    },
    serializers: { error: pino.stdSerializers.err },
  });
}
