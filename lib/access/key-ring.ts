// While a key is rotated there are two of them: a ring, as one text, the newest key first and commas
// between. The first seals, each of them opens.

/** No key is shorter, so a secret somebody chose that has a comma in it is not taken for two. */
const shortest = 32;

/** By which key a text is sealed; null when it is from before texts said so. */
export type SealedBy = { keyId: string | null; parts: string[] };

/** The keys of a ring, the newest first. */
export function keysOf(ring: string): string[] {
  const keys = ring.split(",");
  return keys.every((key) => key.length >= shortest) ? keys : [ring];
}

/**
 * What may have sealed a text that names no key: a key of the ring, or from before there were rings a
 * secret with commas in it, which the ring is or ends with.
 */
export function unnamedKeysOf(ring: string): string[] {
  const keys = keysOf(ring);
  return [...keys, ...keys.map((_, at) => keys.slice(at).join(","))];
}

/** The key that seals. */
export function newestKey(ring: string): string {
  return keysOf(ring)[0] ?? ring;
}

/** Takes a sealed text apart. Throws when it begins with neither of the two versions. */
export function sealedBy(sealed: string, version: string, withoutKeyId: string): SealedBy {
  const [head, ...parts] = sealed.split(".");
  if (head === withoutKeyId) return { keyId: null, parts };
  const [keyId, ...rest] = parts;
  if (head !== version || !keyId) throw new Error("this is not a sealed text of a known version");
  return { keyId, parts: rest };
}

/** What the first key gives that opens a text which names none. Throws as the last one did. */
export function firstThatOpens(keys: readonly string[], open: (key: string) => string): string {
  let failure: unknown;
  for (const key of keys) {
    try {
      return open(key);
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}
