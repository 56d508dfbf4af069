import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";
import type { Id } from "#lib/domain/id";

// Values of secret inputs on their way from the worker to a node: at rest in the row of the window, or of a
// script, they are sealed with a key that the worker and the boot server have in common, and the portal
// does not.

type Bound = Id<"bootWindow"> | Id<"scriptRun">;

/** Seals values for the boot server, bound to one row. */
export function sealInputs(secret: string, rowId: Bound, values: Record<string, string>): string {
  const iv = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", keyOf(secret), iv);
  cipher.setAAD(Buffer.from(rowId));
  const body = Buffer.concat([cipher.update(JSON.stringify(values), "utf8"), cipher.final()]);
  return [iv, cipher.getAuthTag(), body].map((part) => part.toString("base64url")).join(".");
}

/** Opens them. Throws when the key, the row or a single bit is another. */
export function openInputs(secret: string, rowId: Bound, sealed: string): Record<string, string> {
  const [iv, tag, body] = sealed.split(".").map((part) => Buffer.from(part, "base64url"));
  if (!iv || !tag || !body) throw new Error("these are no sealed inputs");
  const decipher = createDecipheriv("aes-256-gcm", keyOf(secret), iv);
  decipher.setAAD(Buffer.from(rowId));
  decipher.setAuthTag(tag);
  return JSON.parse(Buffer.concat([decipher.update(body), decipher.final()]).toString("utf8"));
}

function keyOf(secret: string): Buffer {
  return Buffer.from(hkdfSync("sha256", secret, "", "ingot sealed inputs", 32));
}
