import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
  randomBytes,
} from "node:crypto";
import { firstThatOpens, keysOf, newestKey, type SealedBy, sealedBy } from "#lib/access/key-ring";

// A secret that one side can write and only the other can read: an ephemeral X25519 key agrees on
// an AES-256-GCM key with the reader's public key (RFC 7748, RFC 5869). The portal has the public
// key, the worker the private one. `place` is bound in, so that a sealed text moved to another row
// does not open. Each text says which key it is for; a reader may have several, while they are rotated.

const version = "s2";
/** Before texts said by which key they are sealed. */
const withoutKeyId = "s1";

/** A new key pair, both halves as base64 DER. */
export function newSealingKeys(): { publicKey: string; privateKey: string } {
  const pair = generateKeyPairSync("x25519");
  return {
    publicKey: pair.publicKey.export({ type: "spki", format: "der" }).toString("base64"),
    privateKey: pair.privateKey.export({ type: "pkcs8", format: "der" }).toString("base64"),
  };
}

/** The public half of a private key, both as base64 DER. Throws when it is no such key. */
export function publicHalf(privateKey: string): string {
  const key = createPrivateKey({
    key: Buffer.from(privateKey, "base64"),
    type: "pkcs8",
    format: "der",
  });
  return createPublicKey(key).export({ type: "spki", format: "der" }).toString("base64");
}

/** The id of a key pair, told from its public half: it stands in every text sealed with that. */
export function sealingKeyId(publicKey: string): string {
  const hash = createHash("sha256").update(Buffer.from(publicKey, "base64")).digest();
  return hash.subarray(0, 6).toString("base64url");
}

/** Seals a text for the holder of the private key. */
export function seal(publicKey: string, place: string, text: string): string {
  const reader = createPublicKey({
    key: Buffer.from(publicKey, "base64"),
    type: "spki",
    format: "der",
  });
  const ephemeral = generateKeyPairSync("x25519");
  const ephemeralDer = ephemeral.publicKey.export({ type: "spki", format: "der" });
  const secret = diffieHellman({ privateKey: ephemeral.privateKey, publicKey: reader });
  const iv = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", contentKey(secret, ephemeralDer), iv);
  cipher.setAAD(Buffer.from(place));
  const body = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
  return [version, sealingKeyId(publicKey), ephemeralDer, iv, cipher.getAuthTag(), body]
    .map((part) => (typeof part === "string" ? part : part.toString("base64url")))
    .join(".");
}

/** Which key opens a sealed text; throws when it is none of a known version. */
export function sealedWith(sealed: string): SealedBy {
  return sealedBy(sealed, version, withoutKeyId);
}

/**
 * Opens a sealed text with the key of a ring that it names. Throws when the key, the place or a
 * single bit is wrong, and when the ring has no such key.
 */
export function unseal(privateKeys: string, place: string, sealed: string): string {
  const { keyId, parts } = sealedWith(sealed);
  const keys = keysOf(privateKeys);
  if (keyId === null) return firstThatOpens(keys, (key) => open(key, place, parts));
  const named = keys.find((key) => sealingKeyId(publicHalf(key)) === keyId);
  if (!named) throw new Error(`this was sealed for the key ${keyId}, which is not here`);
  return open(named, place, parts);
}

/** The public half of the newest key of a ring: what is sealed from now on is sealed with it. */
export function newestPublicHalf(privateKeys: string): string {
  return publicHalf(newestKey(privateKeys));
}

function open(privateKey: string, place: string, parts: readonly string[]): string {
  const [ephemeralDer, iv, tag, body] = parts.map((part) => Buffer.from(part, "base64url"));
  if (!ephemeralDer || !iv || !tag || !body) throw new Error("a sealed text is cut off");
  const secret = diffieHellman({
    privateKey: createPrivateKey({
      key: Buffer.from(privateKey, "base64"),
      type: "pkcs8",
      format: "der",
    }),
    publicKey: createPublicKey({ key: ephemeralDer, type: "spki", format: "der" }),
  });
  const decipher = createDecipheriv("aes-256-gcm", contentKey(secret, ephemeralDer), iv);
  decipher.setAAD(Buffer.from(place));
  decipher.setAuthTag(tag);
  return Buffer.concat([decipher.update(body), decipher.final()]).toString("utf8");
}

/** Where a node's controller credential belongs: bound into its sealed text. */
export function credentialPlace(nodeId: string): string {
  return `controller_credentials|${nodeId}`;
}

/** Where the secret of a site's network driver belongs. */
export function networkPlace(siteId: string): string {
  return `site_networks|${siteId}`;
}

/** Where the secret that signs the calls of a provider belongs. */
export function providerPlace(providerId: string): string {
  return `providers|${providerId}`;
}

/** Where the secret that signs a webhook's messages belongs. */
export function webhookSecretPlace(webhookId: string): string {
  return `webhooks|${webhookId}|secret`;
}

/** Where the path of a webhook belongs: of some receivers it is all that proves who sends. */
export function webhookPathPlace(webhookId: string): string {
  return `webhooks|${webhookId}|path`;
}

/** Where the value of a secret input belongs. */
export function environmentSecretPlace(environmentId: string, name: string): string {
  return `environment_secrets|${environmentId}|${name}`;
}

/** Where a value of a secret of a config context belongs. */
export function contextSecretPlace(secretId: string): string {
  return `context_secrets|${secretId}`;
}

/** Where the password of a site's fabric manager belongs. */
export function fabricManagerPlace(siteId: string): string {
  return `site_fabric_managers|${siteId}`;
}

function contentKey(secret: Buffer, salt: Buffer): Buffer {
  return Buffer.from(hkdfSync("sha256", secret, salt, "ingot sealed text", 32));
}
