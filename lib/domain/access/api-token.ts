// An API token is `ingot_<key>_<secret>_<check>`: the prefix lets scanners of repositories find one,
// the key names it, the secret proves it, and the check lets a slip of the pen be refused without
// asking the database. Key, secret and check are base62.

const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const keyLength = 8;
const secretLength = 43;
const checkLength = 6;

/** Bytes of chance that one token takes. */
export const tokenRandomBytes = keyLength + 32;

/** Longest life of a token, in days; it has to be given one. */
export const longestTokenDays = 90;
/** At most so many living tokens of one person, or of one service account. */
export const mostTokens = 20;

const shape = new RegExp(
  `^ingot_([0-9A-Za-z]{${keyLength}})_([0-9A-Za-z]{${secretLength}})_([0-9A-Za-z]{${checkLength}})$`,
);

/** Writes a token from `tokenRandomBytes` random bytes; 256 bits of them are its secret. */
export function writeApiToken(random: Uint8Array): { key: string; token: string } {
  // 256 is no multiple of 62: the key is a little uneven, and is a name, not a secret.
  const key = [...random.subarray(0, keyLength)]
    .map((byte) => alphabet.charAt(byte % alphabet.length))
    .join("");
  let secret = 0n;
  for (const byte of random.subarray(keyLength, tokenRandomBytes))
    secret = secret * 256n + BigInt(byte);
  const body = `ingot_${key}_${base62(secret, secretLength)}`;
  return { key, token: `${body}_${checkOf(body)}` };
}

/** The key of a token, or null for a text that is none: wrong in form, or misspelt. */
export function readApiToken(text: string): { key: string } | null {
  const match = shape.exec(text);
  const [, key, , check] = match ?? [];
  if (!key || checkOf(text.slice(0, -(checkLength + 1))) !== check) return null;
  return { key };
}

function base62(value: bigint, length: number): string {
  let text = "";
  for (let rest = value; text.length < length; rest /= 62n) {
    text = alphabet.charAt(Number(rest % 62n)) + text;
  }
  return text;
}

function checkOf(text: string): string {
  return base62(BigInt(crc32(text)), checkLength);
}

/** CRC-32 as in zlib (ISO 3309), of ASCII text. */
function crc32(text: string): number {
  let crc = 0xffffffff;
  for (let at = 0; at < text.length; at++) {
    crc ^= text.charCodeAt(at);
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}
