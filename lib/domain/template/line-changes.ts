/** Lines that only one of two texts has, as they stand there: "12: set -eu". */
export type LineChanges = { before: string[]; after: string[] };

/** Beyond so many pairs of lines to compare, all lines between the first and the last change are told. */
const mostPairs = 1_000_000;

/**
 * What differs between two texts, line by line: those that are not in the longest run of lines that both
 * have in one order. Lines are numbered from 1, each in its own text.
 */
export function lineChanges(before: string, after: string): LineChanges {
  const [old, now] = [before.split("\n"), after.split("\n")];
  let head = 0;
  while (head < old.length && head < now.length && old[head] === now[head]) head++;
  let tail = 0;
  while (
    tail < Math.min(old.length, now.length) - head &&
    old[old.length - 1 - tail] === now[now.length - 1 - tail]
  ) {
    tail++;
  }
  const [a, b] = [old.slice(head, old.length - tail), now.slice(head, now.length - tail)];
  const kept = a.length * b.length > mostPairs ? { a: new Set(), b: new Set() } : common(a, b);
  const numbered = (lines: readonly string[], isKept: ReadonlySet<unknown>) =>
    lines.flatMap((line, at) => (isKept.has(at) ? [] : [`${head + at + 1}: ${line}`]));
  return { before: numbered(a, kept.a), after: numbered(b, kept.b) };
}

/** Where the longest common run of lines stands in each: the textbook table, filled from the end. */
function common(a: readonly string[], b: readonly string[]) {
  const width = b.length + 1;
  const longest = new Uint32Array((a.length + 1) * width);
  const at = (i: number, j: number) => longest[i * width + j] ?? 0;
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      longest[i * width + j] =
        a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const kept = { a: new Set<number>(), b: new Set<number>() };
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    if (a[i] === b[j]) {
      kept.a.add(i++);
      kept.b.add(j++);
    } else if (at(i + 1, j) >= at(i, j + 1)) i++;
    else j++;
  }
  return kept;
}
