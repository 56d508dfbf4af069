import "server-only";
import { readSettings } from "#lib/config/env";

/** The key that the portal keeps its own secrets under. */
export function identitySecret(): string {
  return readSettings().identitySecret;
}
