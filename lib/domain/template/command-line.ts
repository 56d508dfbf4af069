/**
 * Splits a line into words as a POSIX shell would, without being one: spaces part words; what stands in
 * single quotes is taken as it is; in double quotes a backslash takes `"`, `\` and the like as they are;
 * elsewhere it takes any character so. Nothing is expanded. Undefined when a quote is not closed.
 */
export function splitWords(line: string): string[] | undefined {
  const words: string[] = [];
  // Of a word: quoted parts, escaped characters, plain ones. Whatever else is an open quote.
  const part = /'([^']*)'|"((?:[^"\\]|\\.)*)"|\\(.)|([^\s'"\\]+)|(\s+)/y;
  let word: string | undefined;
  while (part.lastIndex < line.length) {
    const match = part.exec(line);
    if (!match) return undefined;
    const [, single, double, escaped, plain, space] = match;
    if (space !== undefined) {
      if (word !== undefined) words.push(word);
      word = undefined;
      continue;
    }
    const text = single ?? double?.replaceAll(/\\(["\\$`])/g, "$1") ?? escaped ?? plain ?? "";
    word = (word ?? "") + text;
  }
  if (word !== undefined) words.push(word);
  return words;
}

/** The line that `splitWords` reads as these words. */
export function joinWords(words: readonly string[]): string {
  return words
    .map((word) =>
      /^[^\s'"\\]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`,
    )
    .join(" ");
}
