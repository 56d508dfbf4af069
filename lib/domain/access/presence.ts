/** Asked for by a page that somebody has used since it asked last. */
export const presencePath = "/api/bell?present=1";

/**
 * Whether a request is a sign that somebody sits before the page. What a page asks for by itself is none: its
 * own routes every few seconds, and itself anew when a hint says that it is old. A link that is followed within
 * the portal looks the same from here; whoever clicks it is told of by the bell.
 * @param path Path and query.
 * @param header A header of the request by its name.
 */
export function isSignOfUse(path: string, header: (name: string) => string | null): boolean {
  if (path.startsWith("/api/")) return path === presencePath;
  const wanted = header("sec-fetch-dest");
  return wanted === null || wanted === "document" || header("next-action") !== null;
}
