/**
 * Text as a column of text or of JSON can hold it: without NUL, which Postgres takes in neither, and
 * with every half of a surrogate pair replaced. For what machines send; people are told instead.
 */
export function storable(text: string): string {
  return text.replaceAll("\u0000", "").toWellFormed();
}
