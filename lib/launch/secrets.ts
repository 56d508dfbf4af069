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
import { newAuditKey, publicAuditKeys } from "#lib/access/audit-seal";
import { newestPublicHalf, newSealingKeys } from "#lib/access/sealed";
import { type Environment, SettingsError } from "#lib/config/env";

// Secrets that nobody gave are made on the first start and kept, each in a file that only its owner
// reads. Losing the credential key means entering every controller's password again; losing the
// identity secret means entering the client secrets of identity providers again; losing the audit key
// means that what it has sealed is no longer checked; losing the others signs everybody out and breaks the
// boots under way.
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

/** The files of the keys that seal the audit log. */
export const auditKeyFiles = {
  privateKey: "audit-private-key",
  publicKey: "audit-public-key",
} as const;

/**
 * The secrets the environment leaves out, by variable: kept in the directory, made where missing.
 * Two first starts at once get the same. Throws a `SettingsError` when one half of the credential
 * keys is given that the other cannot be told from, and when the directory cannot be made.
 */
export function keptSecrets(directory: string, given: Environment): Record<string, string> {
  makeDirectory(directory);
  const kept = (name: string, make: () => string) => keptText(path.join(directory, name), make);
  return {
    INGOT_SESSION_SECRET: given.INGOT_SESSION_SECRET || kept("session-secret", newSecret),
    ...identitySecret(directory, given),
    INGOT_BOOT_SECRET: given.INGOT_BOOT_SECRET || kept("boot-secret", newSecret),
    ...keptPair(directory, given, credentialPair),
    ...keptPair(directory, given, auditPair),
    // Next's own: without a lasting one, pages that were open over a restart can no longer act.
    NEXT_SERVER_ACTIONS_ENCRYPTION_KEY:
      given.NEXT_SERVER_ACTIONS_ENCRYPTION_KEY ||
      kept("server-actions-key", () => randomBytes(32).toString("base64")),
  };
}

function makeDirectory(directory: string): void {
  const data = path.dirname(directory);
  try {
    // Apart, since the mode would hold for the folders above too, which others pass through.
    mkdirSync(data, { recursive: true });
    mkdirSync(directory, { recursive: true, mode: 0o700 });
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new SettingsError(
      `INGOT_DATA_DIRECTORY is ${data}, where nothing can be kept (${code}); name a directory that this account may write to.`,
      { cause },
    );
  }
}

function identitySecret(directory: string, given: Environment): Record<string, string> {
  if (given.INGOT_IDENTITY_SECRET || given.INGOT_IDENTITY_SECRET_FILE) return {};
  const file = path.join(directory, keyFiles.identity);
  keptText(file, newSecret);
  return { INGOT_IDENTITY_SECRET_FILE: file };
}

/** A pair of keys: one half for the worker, the other told from it at every start, for the portal. */
type KeyPair = {
  variable: "INGOT_CREDENTIAL" | "INGOT_AUDIT";
  kind: "X25519" | "Ed25519";
  files: { privateKey: string; publicKey: string };
  make: () => string;
  publicHalf: (privateKeys: string) => string;
};

const credentialPair: KeyPair = {
  variable: "INGOT_CREDENTIAL",
  kind: "X25519",
  files: keyFiles,
  make: () => newSealingKeys().privateKey,
  publicHalf: newestPublicHalf,
};

const auditPair: KeyPair = {
  variable: "INGOT_AUDIT",
  kind: "Ed25519",
  files: auditKeyFiles,
  make: newAuditKey,
  publicHalf: publicAuditKeys,
};

function keptPair(directory: string, given: Environment, pair: KeyPair): Record<string, string> {
  const publicName = `${pair.variable}_PUBLIC_KEY`;
  const privateName = `${pair.variable}_PRIVATE_KEY`;
  const hasPublic = given[publicName] || given[`${publicName}_FILE`];
  if (given[`${privateName}_FILE`] && !hasPublic) {
    throw new SettingsError(
      `${publicName}_FILE is not set, but the file of its private half is; set both, or neither to have them made.`,
    );
  }
  if (given[`${privateName}_FILE`]) return {};
  const privateGiven = given[privateName];
  if (hasPublic && !privateGiven) {
    throw new SettingsError(
      `${privateName} is not set, but its public half is; set both, or neither to have them made.`,
    );
  }
  if (privateGiven) return hasPublic ? {} : { [publicName]: publicHalfOf(pair, privateGiven) };
  const file = path.join(directory, pair.files.privateKey);
  const publicFile = path.join(directory, pair.files.publicKey);
  const privateKeys = () => keptText(file, pair.make);
  // Again when a rotation came between, which writes the private key first.
  for (let told = ""; told !== privateKeys(); ) {
    told = privateKeys();
    replaceText(publicFile, publicHalfOf(pair, told));
  }
  return { [`${privateName}_FILE`]: file, [`${publicName}_FILE`]: publicFile };
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

function publicHalfOf({ variable, kind, publicHalf }: KeyPair, privateKeys: string): string {
  try {
    return publicHalf(privateKeys);
  } catch (cause) {
    throw new SettingsError(
      `${variable}_PRIVATE_KEY is not an ${kind} key as base64 DER; leave it out to have one made.`,
      { cause },
    );
  }
}
