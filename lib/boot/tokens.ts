import { createHash, createHmac } from "node:crypto";
import type { BootTokenPurpose } from "#lib/domain/boot/boot-token";
import type { Id } from "#lib/domain/id";

/**
 * The token of one purpose of one boot window: 128 bits, hexadecimal. Derived, so that it can be
 * given again within its window while the database keeps only its hash.
 */
export function bootToken(
  secret: string,
  windowId: Id<"bootWindow">,
  purpose: BootTokenPurpose,
): string {
  return createHmac("sha256", secret).update(`${windowId}:${purpose}`).digest("hex").slice(0, 32);
}

/**
 * What a client of EC2's metadata service shows once it has asked for it: good for its window, and for
 * nothing else, since it opens nothing without the address that the window is of.
 */
export function ec2Token(secret: string, windowId: Id<"bootWindow">): string {
  return createHmac("sha256", secret).update(`${windowId}:ec2`).digest("base64url");
}

/** SHA-256 of a token, hexadecimal: what is stored, and what is looked up. */
export function hashToken(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}

/** The hashes of all tokens of a window, as its row keeps them. */
export function bootTokenHashes(secret: string, windowId: Id<"bootWindow">) {
  const hash = (purpose: BootTokenPurpose) => hashToken(bootToken(secret, windowId, purpose));
  return {
    bootTokenHash: hash("boot"),
    seedTokenHash: hash("seed"),
    phoneTokenHash: hash("phone"),
    eventTokenHash: hash("event"),
    wipeTokenHash: hash("wipe"),
    startTokenHash: hash("start"),
    hookTokenHash: hash("hook"),
  };
}
