/** A pattern for LIKE that finds the text anywhere, with `%` and `_` as what they are. */
export function containing(text: string): string {
  return `%${text.replace(/[\\%_]/g, "\\$&")}%`;
}
