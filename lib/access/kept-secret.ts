import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";
import {
  firstThatOpens,
  keysOf,
  newestKey,
  type SealedBy,
  sealedBy,
  unnamedKeysOf,
} from "#lib/access/key-ring";

// Secrets that the portal itself must read again: a provider's client secret. AES-256-GCM under a
// key that lies beside the database, never in it. `place` is bound in, so that a sealed text moved to
// another row does not open. Each text says which key it is under; while keys are rotated there are
// several in the ring.

const version = "k2";
/** Before texts said under which key they are. */
const withoutKeyId = "k1";

/** The id of a key, which stands in every text under it and tells nothing of it. */
export function keepingKeyId(key: string): string {
  return Buffer.from(hkdfSync("sha256", key, "", "ingot kept secret id", 6)).toString("base64url");
}

/** Seals a text under the portal's own key, the newest of the ring. */
export function keepSecret(ring: string, place: string, text: string): string {
  const key = newestKey(ring);
  const iv = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", keyOf(key), iv);
  cipher.setAAD(Buffer.from(place));
  const body = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
  return [
    ...[version, keepingKeyId(key)],
    ...[iv, cipher.getAuthTag(), body].map((part) => part.toString("base64url")),
  ].join(".");
}

/** Which key opens a kept secret; throws when it is none of a known version. */
export function keptUnder(sealed: string): SealedBy {
  return sealedBy(sealed, version, withoutKeyId);
}

/**
 * Opens what `keepSecret` sealed, with the key of the ring that it names. Throws when the key, the
 * place or a single bit is wrong, and when the ring has no such key.
 */
export function openSecret(ring: string, place: string, sealed: string): string {
  const { keyId, parts } = keptUnder(sealed);
  if (keyId === null) return firstThatOpens(unnamedKeysOf(ring), (key) => open(key, place, parts));
  const named = keysOf(ring).find((key) => keepingKeyId(key) === keyId);
  if (!named) throw new Error(`this was sealed under the key ${keyId}, which is not here`);
  return open(named, place, parts);
}

function open(key: string, place: string, parts: readonly string[]): string {
  const [iv, tag, body] = parts.map((part) => Buffer.from(part, "base64url"));
  if (!iv || !tag || !body) throw new Error("a kept secret is cut off");
  const decipher = createDecipheriv("aes-256-gcm", keyOf(key), iv);
  decipher.setAAD(Buffer.from(place));
  decipher.setAuthTag(tag);
  return Buffer.concat([decipher.update(body), decipher.final()]).toString("utf8");
}

/** Where the client secret of an identity provider belongs: bound into its sealed text. */
export function providerPlace(providerId: string): string {
  return `identity_providers|${providerId}`;
}

function keyOf(secret: string): Buffer {
  return Buffer.from(hkdfSync("sha256", secret, "", "ingot kept secret", 32));
}
