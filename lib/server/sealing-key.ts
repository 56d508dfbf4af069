import "server-only";
import { readSettings } from "#lib/config/env";

/** The public key that controller credentials are sealed with; what it seals only the worker opens. */
export function sealingKey(): string {
  return readSettings().credentialPublicKey;
}
