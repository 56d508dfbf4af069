import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify } from "node:crypto";
import type { SealRow } from "#db/queries/audit-seals";
import { keysOf, newestKey } from "#lib/access/key-ring";
import { publicHalf, sealingKeyId } from "#lib/access/sealed";

// The end of a chain of audit events, signed (Ed25519, RFC 8032). The worker has the private key and
// the portal its public half; the database has neither, so that whoever owns it may write a chain anew,
// but not the seals of it.

/** The end of one chain at one moment. */
export type ChainEnd = {
  chain: string;
  length: number;
  /** In hexadecimal digits, as the log is exported. */
  hash: string;
  /** By the worker's clock, ISO 8601. */
  at: string;
};

/** What is kept of it in the database, and written to the worker's log. */
export type AuditSeal = ChainEnd & { keyId: string; signature: string };

/** A new private key, as base64 DER. */
export function newAuditKey(): string {
  const { privateKey } = generateKeyPairSync("ed25519");
  return privateKey.export({ type: "pkcs8", format: "der" }).toString("base64");
}

/** The public halves of a ring: older ones stay, since what they have signed is still checked. */
export function publicAuditKeys(privateKeys: string): string {
  return keysOf(privateKeys)
    .map((key) => {
      const half = publicHalf(key);
      if (publicKeyOf(half).asymmetricKeyType !== "ed25519") throw new Error("not an Ed25519 key");
      return half;
    })
    .join(",");
}

/** Signs the end of a chain with the newest key of a ring. */
export function sealEnd(privateKeys: string, end: ChainEnd): AuditSeal {
  const newest = newestKey(privateKeys);
  const key = createPrivateKey({
    key: Buffer.from(newest, "base64"),
    type: "pkcs8",
    format: "der",
  });
  const signature = sign(null, textOf(end), key).toString("base64url");
  return { ...end, keyId: sealingKeyId(publicHalf(newest)), signature };
}

/** What tells whether a seal was made by one of these keys, and says this and nothing else. */
export function sealChecker(publicKeys: string): (seal: AuditSeal) => boolean {
  const keys = new Map(keysOf(publicKeys).map((key) => [sealingKeyId(key), publicKeyOf(key)]));
  return (seal) => {
    const key = keys.get(seal.keyId);
    const signature = Buffer.from(seal.signature, "base64url");
    return key !== undefined && verify(null, textOf(seal), key, signature);
  };
}

/** A seal as it was signed, of its row. */
export function sealOf({ hash, at, ...seal }: SealRow): AuditSeal {
  return { ...seal, hash: hash.toString("hex"), at: at.toISOString() };
}

/** What is signed, in one form. The first word keeps it apart from all else that is ever signed. */
function textOf({ chain, length, hash, at }: ChainEnd): Buffer {
  return Buffer.from(JSON.stringify(["ingot audit seal 1", chain, length, hash, at]));
}

function publicKeyOf(key: string) {
  return createPublicKey({ key: Buffer.from(key, "base64"), type: "spki", format: "der" });
}
