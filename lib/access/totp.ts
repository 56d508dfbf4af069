import { createHmac, timingSafeEqual } from "node:crypto";

// Time-based one-time passwords (RFC 6238) as every authenticator app makes them: HMAC-SHA-1, six
// digits, steps of thirty seconds.

export const totpStepSeconds = 30;
export const totpDigits = 6;
/** RFC 4226, 4: the length of an HMAC-SHA-1 key. */
export const totpSecretBytes = 20;

/** How many steps a phone's clock, or its owner, may be early or late. */
const window = 1;

/** The code of one step. */
export function totpCode(secret: Buffer, step: number): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const mac = createHmac("sha1", secret).update(counter).digest();
  // RFC 4226, 5.3: four bytes, from where the last half byte says.
  const at = (mac.at(-1) ?? 0) & 0xf;
  const number = mac.readUInt32BE(at) & 0x7fff_ffff;
  return String(number % 10 ** totpDigits).padStart(totpDigits, "0");
}

/** The step that a moment is in; `seconds` since 1970. */
export function totpStep(seconds: number): number {
  return Math.floor(seconds / totpStepSeconds);
}

/** The step whose code this is, of the present one and those beside it; undefined for a wrong code. */
export function matchTotp(secret: Buffer, code: string, seconds: number): number | undefined {
  if (!/^\d{6}$/.test(code)) return undefined;
  const given = Buffer.from(code);
  const present = totpStep(seconds);
  let found: number | undefined;
  for (let step = present - window; step <= present + window; step++) {
    if (step >= 0 && timingSafeEqual(Buffer.from(totpCode(secret, step)), given)) found = step;
  }
  return found;
}

const base32Digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** A secret as apps take it (RFC 4648, base32 without padding). */
export function base32(bytes: Buffer): string {
  let text = "";
  let held = 0;
  let bits = 0;
  for (const byte of bytes) {
    held = (held << 8) | byte;
    for (bits += 8; bits >= 5; bits -= 5) text += base32Digits.charAt((held >> (bits - 5)) & 31);
    held &= (1 << bits) - 1;
  }
  return bits > 0 ? text + base32Digits.charAt((held << (5 - bits)) & 31) : text;
}

/** What an app reads from the QR code; the account is told apart by portal and address. */
export function totpAddress(secret: Buffer, account: { portal: string; email: string }): string {
  const { portal, email } = account;
  const label = `Ingot ${portal}`;
  const query = new URLSearchParams({ secret: base32(secret), issuer: label });
  // Apps show a plus as it is, so spaces are percent-encoded.
  return `otpauth://totp/${encodeURIComponent(label)}:${encodeURIComponent(email)}?${query.toString().replaceAll("+", "%20")}`;
}
