/**
 * Text as a column of text or of JSON can hold it: without NUL, which Postgres takes in neither, and
 * with every half of a surrogate pair replaced. For what machines send; people are told instead.
 */
export function storable(text: string): string {
  return text.replaceAll("\u0000", "").toWellFormed();
}

/** The same in each string and each name of a value of JSON. */
export function storableValue(value: unknown): unknown {
  if (typeof value === "string") return storable(value);
  if (Array.isArray(value)) return value.map(storableValue);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, part]) => [storable(name), storableValue(part)]),
  );
}
