import { createPrivateKey, createPublicKey, randomBytes } from "node:crypto";
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { newSealingKeys } from "#lib/access/sealed";
import { type Environment, SettingsError } from "#lib/config/env";

// Secrets that nobody gave are made on the first start and kept, each in a file that only its owner
// reads. Losing the credential key means entering every controller's password again; losing the
// identity secret means entering the client secrets of identity providers again; losing the others
// signs everybody out and breaks the boots under way.

/**
 * The secrets the environment leaves out, by variable: read from the directory, made where missing.
 * Two first starts at once get the same. Throws a `SettingsError` when one half of the credential
 * keys is given that the other cannot be told from.
 */
export function keptSecrets(directory: string, given: Environment): Record<string, string> {
  // Apart, since the mode would hold for the folders above too, which others pass through.
  mkdirSync(path.dirname(directory), { recursive: true });
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const kept = (name: string, make: () => string) => keptText(path.join(directory, name), make);
  if (given.INGOT_CREDENTIAL_PUBLIC_KEY && !given.INGOT_CREDENTIAL_PRIVATE_KEY) {
    throw new SettingsError(
      "INGOT_CREDENTIAL_PRIVATE_KEY is not set, but its public half is; set both, or neither to have them made.",
    );
  }
  const privateKey =
    given.INGOT_CREDENTIAL_PRIVATE_KEY ||
    kept("credential-private-key", () => newSealingKeys().privateKey);
  return {
    INGOT_SESSION_SECRET: given.INGOT_SESSION_SECRET || kept("session-secret", randomText),
    INGOT_IDENTITY_SECRET: given.INGOT_IDENTITY_SECRET || kept("identity-secret", randomText),
    INGOT_BOOT_SECRET: given.INGOT_BOOT_SECRET || kept("boot-secret", randomText),
    INGOT_CREDENTIAL_PRIVATE_KEY: privateKey,
    INGOT_CREDENTIAL_PUBLIC_KEY: given.INGOT_CREDENTIAL_PUBLIC_KEY || publicHalf(privateKey),
    // Next's own: without a lasting one, pages that were open over a restart can no longer act.
    NEXT_SERVER_ACTIONS_ENCRYPTION_KEY:
      given.NEXT_SERVER_ACTIONS_ENCRYPTION_KEY ||
      kept("server-actions-key", () => randomBytes(32).toString("base64")),
  };
}

function randomText(): string {
  return randomBytes(32).toString("base64url");
}

function keptText(file: string, make: () => string): string {
  try {
    return readFileSync(file, "utf8").trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
  // Written whole and then linked: of two that make it at once, one wins and both read it.
  const draft = `${file}.${process.pid}.${randomBytes(4).toString("hex")}`;
  writeFileSync(draft, `${make()}\n`, { mode: 0o600 });
  try {
    linkSync(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  } finally {
    rmSync(draft);
  }
  return readFileSync(file, "utf8").trim();
}

function publicHalf(privateKey: string): string {
  try {
    const key = createPrivateKey({
      key: Buffer.from(privateKey, "base64"),
      type: "pkcs8",
      format: "der",
    });
    return createPublicKey(key).export({ type: "spki", format: "der" }).toString("base64");
  } catch (cause) {
    throw new SettingsError(
      "INGOT_CREDENTIAL_PRIVATE_KEY is not an X25519 key as base64 DER; leave it out to have one made.",
      { cause },
    );
  }
}
