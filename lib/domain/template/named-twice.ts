/** The names that come more than once, each told once; what has no name yet is not counted. */
export function namedTwice(names: readonly string[]): string[] {
  return [...new Set(names.filter((name, at) => name !== "" && names.indexOf(name) !== at))];
}
