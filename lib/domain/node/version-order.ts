/**
 * Orders two firmware versions as a person reads them: numbers as numbers, words by the alphabet,
 * part by part; what is longer comes later. Below zero when the first is older, zero when they are
 * the same. Vendors order their own in no other common way: `1.45.455b66`, `96.00.89.00.01`, `U46 v2.10`.
 */
export function compareVersions(one: string, other: string): number {
  const [first, second] = [partsOf(one), partsOf(other)];
  for (let at = 0; at < Math.max(first.length, second.length); at++) {
    const [a, b] = [first[at], second[at]];
    if (a === undefined) return -1;
    if (b === undefined) return 1;
    if (a === b) continue;
    if (typeof a === "number" && typeof b === "number") return a - b;
    return String(a) < String(b) ? -1 : 1;
  }
  return 0;
}

function partsOf(version: string): (number | string)[] {
  return (version.toLowerCase().match(/\d+|[a-z]+/g) ?? []).map((part) =>
    /^\d/.test(part) ? Number(part) : part,
  );
}
