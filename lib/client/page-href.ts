/**
 * The address of another page of a list: the same filters, another keyset cursor. Without a cursor
 * it is the first page. Of a page with several lists, `cursor` names the one that moves on.
 */
export function pageHref(
  path: string,
  query: Record<string, string | string[] | undefined>,
  after: string | undefined,
  cursor = "after",
): string {
  const params = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    if (typeof value === "string" && key !== cursor) params.set(key, value);
  }
  if (after !== undefined) params.set(cursor, after);
  const text = params.toString();
  return text ? `${path}?${text}` : path;
}
