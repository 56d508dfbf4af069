import { randomBytes } from "node:crypto";
import {
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { newestPublicHalf, newSealingKeys } from "#lib/access/sealed";
import { type Environment, SettingsError } from "#lib/config/env";

// Secrets that nobody gave are made on the first start and kept, each in a file that only its owner
// reads. Losing the credential key means entering every controller's password again; losing the
// identity secret means entering the client secrets of identity providers again; losing the others
// signs everybody out and breaks the boots under way.
//
// Keys that are rotated are handed on as the file's name, and read there at each use: what one
// program adds, the others have at once.

/** The files of the keys that are rotated, in the directory of secrets. */
export const keyFiles = {
  privateKey: "credential-private-key",
  /** Told from the private one at every start, for the portal, which is never shown that. */
  publicKey: "credential-public-key",
  identity: "identity-secret",
} as const;

/**
 * The secrets the environment leaves out, by variable: kept in the directory, made where missing.
 * Two first starts at once get the same. Throws a `SettingsError` when one half of the credential
 * keys is given that the other cannot be told from.
 */
export function keptSecrets(directory: string, given: Environment): Record<string, string> {
  // Apart, since the mode would hold for the folders above too, which others pass through.
  mkdirSync(path.dirname(directory), { recursive: true });
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const kept = (name: string, make: () => string) => keptText(path.join(directory, name), make);
  return {
    INGOT_SESSION_SECRET: given.INGOT_SESSION_SECRET || kept("session-secret", newSecret),
    ...identitySecret(directory, given),
    INGOT_BOOT_SECRET: given.INGOT_BOOT_SECRET || kept("boot-secret", newSecret),
    ...credentialKeys(directory, given),
    // Next's own: without a lasting one, pages that were open over a restart can no longer act.
    NEXT_SERVER_ACTIONS_ENCRYPTION_KEY:
      given.NEXT_SERVER_ACTIONS_ENCRYPTION_KEY ||
      kept("server-actions-key", () => randomBytes(32).toString("base64")),
  };
}

function identitySecret(directory: string, given: Environment): Record<string, string> {
  if (given.INGOT_IDENTITY_SECRET || given.INGOT_IDENTITY_SECRET_FILE) return {};
  const file = path.join(directory, keyFiles.identity);
  keptText(file, newSecret);
  return { INGOT_IDENTITY_SECRET_FILE: file };
}

function credentialKeys(directory: string, given: Environment): Record<string, string> {
  const hasPublic = given.INGOT_CREDENTIAL_PUBLIC_KEY || given.INGOT_CREDENTIAL_PUBLIC_KEY_FILE;
  if (given.INGOT_CREDENTIAL_PRIVATE_KEY_FILE && !hasPublic) {
    throw new SettingsError(
      "INGOT_CREDENTIAL_PUBLIC_KEY_FILE is not set, but the file of its private half is; set both, or neither to have them made.",
    );
  }
  if (given.INGOT_CREDENTIAL_PRIVATE_KEY_FILE) return {};
  const privateGiven = given.INGOT_CREDENTIAL_PRIVATE_KEY;
  if (hasPublic && !privateGiven) {
    throw new SettingsError(
      "INGOT_CREDENTIAL_PRIVATE_KEY is not set, but its public half is; set both, or neither to have them made.",
    );
  }
  if (privateGiven) {
    return hasPublic ? {} : { INGOT_CREDENTIAL_PUBLIC_KEY: publicHalfOf(privateGiven) };
  }
  const file = path.join(directory, keyFiles.privateKey);
  const publicFile = path.join(directory, keyFiles.publicKey);
  const privateKeys = () => keptText(file, () => newSealingKeys().privateKey);
  // Again when a rotation came between, which writes the private key first.
  for (let told = ""; told !== privateKeys(); ) {
    told = privateKeys();
    replaceText(publicFile, publicHalfOf(told));
  }
  return {
    INGOT_CREDENTIAL_PRIVATE_KEY_FILE: file,
    INGOT_CREDENTIAL_PUBLIC_KEY_FILE: publicFile,
  };
}

/** A secret that no one guesses. */
export function newSecret(): string {
  return randomBytes(32).toString("base64url");
}

/**
 * Throws a `SettingsError` when the directory belongs to somebody else: a file that is replaced belongs
 * to who replaced it, and Ingot could no longer read its own keys.
 */
export function refuseOtherAccount(directory: string, account = process.getuid?.()): void {
  const owner = statSync(directory).uid;
  if (account === undefined || account === owner) return;
  throw new SettingsError(
    `${directory} belongs to user ${owner}, and this runs as user ${account}: run it as user ${owner}, as Ingot runs, and with Ingot's settings.`,
  );
}

/** Writes a file that only its owner reads, in the place of what was there: readers see one or the other. */
export function replaceText(file: string, text: string): void {
  renameSync(written(file, text), file);
  flushDirectory(path.dirname(file));
}

function keptText(file: string, make: () => string): string {
  try {
    return readFileSync(file, "utf8").trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
  // Written whole and then linked: of two that make it at once, one wins and both read it.
  const draft = written(file, make());
  try {
    linkSync(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  } finally {
    rmSync(draft);
  }
  flushDirectory(path.dirname(file));
  return readFileSync(file, "utf8").trim();
}

function written(file: string, text: string): string {
  const draft = `${file}.${process.pid}.${randomBytes(4).toString("hex")}`;
  writeFileSync(draft, `${text}\n`, { mode: 0o600, flush: true });
  return draft;
}

/** The name too must be on the disk before anything is sealed with the key: power may go at any time. */
function flushDirectory(directory: string): void {
  // Windows gives no handle of a directory.
  if (process.platform === "win32") return;
  const handle = openSync(directory, "r");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

function publicHalfOf(privateKeys: string): string {
  try {
    return newestPublicHalf(privateKeys);
  } catch (cause) {
    throw new SettingsError(
      "INGOT_CREDENTIAL_PRIVATE_KEY is not an X25519 key as base64 DER; leave it out to have one made.",
      { cause },
    );
  }
}
