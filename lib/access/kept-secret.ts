import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";

// Secrets that the portal itself must read again: a provider's client secret. AES-256-GCM under a
// key that lies beside the database, never in it. `place` is bound in, so that a sealed text moved to
// another row does not open.

const version = "k1";

/** Seals a text under the portal's own key. */
export function keepSecret(key: string, place: string, text: string): string {
  const iv = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", keyOf(key), iv);
  cipher.setAAD(Buffer.from(place));
  const body = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
  return [
    version,
    ...[iv, cipher.getAuthTag(), body].map((part) => part.toString("base64url")),
  ].join(".");
}

/** Opens what `keepSecret` sealed. Throws when the key, the place or a single bit is wrong. */
export function openSecret(key: string, place: string, sealed: string): string {
  const [head, ...parts] = sealed.split(".");
  const [iv, tag, body] = parts.map((part) => Buffer.from(part, "base64url"));
  if (head !== version || !iv || !tag || !body) {
    throw new Error("this is not a kept secret of a known version");
  }
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
