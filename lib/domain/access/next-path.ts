/**
 * Where to go after signing in: the path asked for if it is one of our own, else the start page. A
 * browser reads `//host`, `/\host` and control characters in ways that lead elsewhere.
 */
export function ownPath(asked: unknown): string {
  if (typeof asked !== "string" || !/^\/(?![/\\])[\x21-\x7e]*$/.test(asked)) return "/";
  const base = "http://own.invalid";
  const url = URL.parse(asked, base);
  return url?.origin === base ? url.pathname + url.search + url.hash : "/";
}
