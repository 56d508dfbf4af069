import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";

export type PublicKey = {
  type: PublicKeyType;
  /** What the owner wrote behind the key; empty when nothing was. */
  comment: string;
  /** `type base64 comment`, as `authorized_keys` takes it. */
  line: string;
  /** `SHA256:…`, as `ssh-keygen -lf` prints it. */
  fingerprint: string;
};

/** What current OpenSSH signs with (ssh-keygen(1), `-t`); DSA left OpenSSH in 10.0. */
export const publicKeyTypes = [
  "ssh-ed25519",
  "sk-ssh-ed25519@openssh.com",
  "ecdsa-sha2-nistp256",
  "ecdsa-sha2-nistp384",
  "ecdsa-sha2-nistp521",
  "sk-ecdsa-sha2-nistp256@openssh.com",
  "ssh-rsa",
] as const;
export type PublicKeyType = (typeof publicKeyTypes)[number];

/** OpenSSH refuses shorter RSA keys since 9.1 by `RequiredRSASize`, at 1024; NIST SP 800-57 asks for 2048. */
const shortestRsaBits = 2048;

export const longestPublicKeyText = 8_192;

/**
 * Reads one public key as OpenSSH writes it: `type base64 [comment]`. Options in front, several
 * lines and private keys are refused in words, and the base64 must hold a key of the type named, with
 * every field of its length (RFC 4253, section 6.6). The result is plain ASCII without control characters.
 */
export async function parsePublicKey(
  text: string,
): Promise<Result<PublicKey, RefusalOf<"invalid_input">>> {
  const read = readPublicKey(text);
  if (!read.ok) return read;
  const { type, base64, comment, blob } = read.value;
  const digest = await crypto.subtle.digest("SHA-256", blob);
  return ok({
    type,
    comment,
    line: `${type} ${base64}${comment ? ` ${comment}` : ""}`,
    fingerprint: `SHA256:${encodeBase64(new Uint8Array(digest)).replace(/=+$/, "")}`,
  });
}

/** Why `parsePublicKey` would refuse this; null when it would not. Waits for nothing, for a form that is typed in. */
export function whyNotPublicKey(text: string): string | null {
  const read = readPublicKey(text);
  return read.ok ? null : (read.refusal.fields.publicKey ?? null);
}

function readPublicKey(
  text: string,
): Result<
  { type: PublicKeyType; base64: string; comment: string; blob: Uint8Array<ArrayBuffer> },
  RefusalOf<"invalid_input">
> {
  const trimmed = text.trim();
  const no = (message: string) =>
    refuse<RefusalOf<"invalid_input">>({ kind: "invalid_input", fields: { publicKey: message } });

  if (trimmed.length > longestPublicKeyText) return no("This is too long for a public key.");
  if (/PRIVATE KEY/.test(trimmed)) {
    return no("This is a private key. Keep it to yourself and paste the file that ends in .pub.");
  }
  if (/[\r\n]/.test(trimmed)) return no("Paste one key only: a public key is one line.");

  const [type, base64, ...rest] = trimmed.split(/[ \t]+/);
  if (!isPublicKeyType(type) || !base64) {
    return no(
      "This is not an SSH public key. It begins with its type, as in: ssh-ed25519 AAAA… you@laptop.",
    );
  }
  const blob = decodeBase64(base64);
  const fields = blob && readFields(blob);
  if (!blob || !fields || asText(fields[0]) !== type || !isWhole[type](fields.slice(1))) {
    return no("The key is cut off or damaged. Copy the whole line of the .pub file.");
  }
  if (type === "ssh-rsa" && bitLength(fields[2]) < shortestRsaBits) {
    return no(
      `RSA keys need at least ${shortestRsaBits} bits. Make one with: ssh-keygen -t ed25519`,
    );
  }

  // Everything else is of a known form; the comment is free text and goes into a file on the node.
  const comment = rest
    .join(" ")
    .replace(/[^\x20-\x7e]/g, "")
    .slice(0, 100);
  return ok({ type, base64, comment, blob });
}

const edwards = (field: Uint8Array | undefined) => field?.length === 32;

/** A point as OpenSSH takes it: not compressed, so 4 and two coordinates (SEC 1, section 2.3.3). */
const point = (field: Uint8Array | undefined, coordinateBytes: number) =>
  field?.length === 1 + 2 * coordinateBytes && field[0] === 4;

/** What a security key was asked for, `ssh:` unless its owner said otherwise. */
const application = (field: Uint8Array | undefined) => /^[\x20-\x7e]{1,255}$/.test(asText(field));

/** A number above zero: its first bit is its sign (RFC 4251, section 5). */
const positive = (field: Uint8Array | undefined) =>
  bitLength(field) > 0 && (field?.[0] ?? 0x80) < 0x80;

const ecdsa =
  (curve: string, coordinateBytes: number) =>
  ([name, q, ...more]: Uint8Array[]) =>
    asText(name) === curve && point(q, coordinateBytes) && more.length === 0;

/**
 * Whether what follows the type is a key of it: of ed25519 by RFC 8709 (section 4), of ECDSA by RFC
 * 5656 (3.1), of security keys by OpenSSH's PROTOCOL.u2f, of RSA by RFC 4253 (6.6).
 */
const isWhole: Record<PublicKeyType, (fields: Uint8Array[]) => boolean> = {
  "ssh-ed25519": ([key, ...more]) => edwards(key) && more.length === 0,
  "sk-ssh-ed25519@openssh.com": ([key, app, ...more]) =>
    edwards(key) && application(app) && more.length === 0,
  "ecdsa-sha2-nistp256": ecdsa("nistp256", 32),
  "ecdsa-sha2-nistp384": ecdsa("nistp384", 48),
  "ecdsa-sha2-nistp521": ecdsa("nistp521", 66),
  "sk-ecdsa-sha2-nistp256@openssh.com": ([name, q, app, ...more]) =>
    ecdsa("nistp256", 32)([name, q].flatMap((field) => field ?? [])) &&
    application(app) &&
    more.length === 0,
  "ssh-rsa": ([e, n, ...more]) => positive(e) && positive(n) && more.length === 0,
};

function isPublicKeyType(text: string | undefined): text is PublicKeyType {
  return (publicKeyTypes as readonly (string | undefined)[]).includes(text);
}

function decodeBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(text) || text.length % 4 !== 0) return undefined;
  return Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
}

function encodeBase64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes));
}

/** The length-prefixed fields of a key, or undefined when the lengths do not add up. */
function readFields(blob: Uint8Array<ArrayBuffer>): Uint8Array[] | undefined {
  const fields: Uint8Array[] = [];
  const view = new DataView(blob.buffer, blob.byteOffset, blob.byteLength);
  let at = 0;
  while (at < blob.length) {
    if (at + 4 > blob.length) return undefined;
    const length = view.getUint32(at);
    at += 4;
    if (at + length > blob.length) return undefined;
    fields.push(blob.subarray(at, at + length));
    at += length;
  }
  return fields.length >= 2 ? fields : undefined;
}

function asText(field: Uint8Array | undefined): string {
  return field ? String.fromCharCode(...field) : "";
}

/** Bits of an unsigned big-endian number, without the zero byte that keeps it positive. */
function bitLength(field: Uint8Array | undefined): number {
  const first = field?.findIndex((byte) => byte !== 0) ?? -1;
  if (!field || first < 0) return 0;
  return (field.length - first) * 8 - Math.clz32(field[first] ?? 0) + 24;
}
