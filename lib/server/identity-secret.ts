import "server-only";
import { readSettings } from "#lib/config/env";

/** The key that the portal keeps its own secrets under: of identity providers and second factors. */
export function identitySecret(): string {
  return readSettings().identitySecret;
}
