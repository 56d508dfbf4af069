// What a script writes is kept and shown; values of secrets in it are not.

const shown = "••••••";

/** A shorter line of a secret, as the braces of a key in JSON, hides nothing and is everywhere. */
const shortestLine = 4;

/** The texts that are hidden: each value, and each line that is not short of one that has several. */
function hiddenTexts(secrets: readonly string[]): string[] {
  const texts = secrets.flatMap((secret) => [
    secret,
    secret.trim(),
    ...secret
      .split("\n")
      .map((line) => line.trim())
      .filter((line) => line.length >= shortestLine),
  ]);
  // Longest first: what holds another is hidden as a whole.
  return [...new Set(texts)].filter((text) => text !== "").sort((a, b) => b.length - a.length);
}

/** The text with every value of a secret in it replaced. */
export function maskSecrets(text: string, secrets: readonly string[]): string {
  let masked = text;
  for (const hidden of hiddenTexts(secrets)) masked = masked.replaceAll(hidden, shown);
  return masked;
}

/** The same in each string of a value of JSON. */
export function maskValue(value: unknown, secrets: readonly string[]): unknown {
  if (typeof value === "string") return maskSecrets(value, secrets);
  if (typeof value === "number" || typeof value === "boolean") {
    return secrets.includes(String(value)) ? shown : value;
  }
  if (Array.isArray(value)) return value.map((part) => maskValue(part, secrets));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, part]) => [
      maskSecrets(name, secrets),
      maskValue(part, secrets),
    ]),
  );
}

/**
 * Splits text that comes in pieces: what can be kept now, masked, and an end that may be the beginning
 * of a secret, to be judged with the next piece. When nothing follows, the end is hidden if it is long
 * enough to help anybody.
 */
export function maskPiece(
  text: string,
  secrets: readonly string[],
  isLast: boolean,
): { kept: string; held: string } {
  const hidden = hiddenTexts(secrets);
  if (isLast) {
    const masked = maskSecrets(text, secrets);
    const open = longestOpenEnd(masked, hidden);
    if (open < 4) return { kept: masked, held: "" };
    return { kept: masked.slice(0, masked.length - open) + shown, held: "" };
  }
  const at = outsideOf(text, text.length - longestOpenEnd(text, hidden), hidden);
  return { kept: maskSecrets(text.slice(0, at), secrets), held: text.slice(at) };
}

/** The last place at or before this one that lies inside none of these. */
function outsideOf(text: string, place: number, hidden: readonly string[]): number {
  let at = place;
  for (let moved = true; moved; ) {
    moved = false;
    for (const each of hidden) {
      const found = text.indexOf(each, Math.max(0, at - each.length + 1));
      if (found < 0 || found >= at || found + each.length <= at) continue;
      at = found;
      moved = true;
    }
  }
  return at;
}

/**
 * How many characters at the end of a text are the beginning of one of these, and not all of it. There may be
 * many, and every piece that a node sends is asked: only a beginning that ends with the text's last character is
 * looked at, as a whole.
 */
function longestOpenEnd(text: string, hidden: readonly string[]): number {
  const last = text.slice(-1);
  /** How long the longest beginning of at most so many characters is that may be it. */
  const upTo = (each: string, length: number) =>
    length > 0 ? each.lastIndexOf(last, length - 1) + 1 : 0;
  let longest = 0;
  for (const each of hidden) {
    let length = upTo(each, Math.min(each.length - 1, text.length));
    while (length > longest && each.slice(0, length) !== text.slice(-length)) {
      length = upTo(each, length - 1);
    }
    longest = Math.max(longest, length);
  }
  return longest;
}
