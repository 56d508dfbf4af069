import "server-only";
import { readSettings } from "#lib/config/env";
import { createLog, type Log } from "#lib/config/log";

const held = globalThis as typeof globalThis & { ingotLog?: Log };

/** The portal's log: one per process. */
export function log(): Log {
  held.ingotLog ??= createLog("portal", readSettings().logLevel);
  return held.ingotLog;
}
