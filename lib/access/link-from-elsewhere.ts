// The session's cookie does not come along from another site (SameSite=Strict): what another site has a
// browser ask for is asked by nobody. Neither would somebody be signed in who follows a link in a chat, or
// comes back from their identity provider. So a page that is opened from elsewhere without a session opens
// itself once more: this time it is asked for by a page of ours, and the cookie comes along. What stands behind
// a # never comes to us, and is lost on that way.

/** True for a page that a link or a redirect of another site opens, by what the browser says of it. */
export function isOpenedFromElsewhere(request: {
  method: string;
  pathname: string;
  headers: { get: (name: string) => string | null };
}): boolean {
  const { method, pathname, headers } = request;
  return (
    method === "GET" &&
    headers.get("sec-fetch-site") === "cross-site" &&
    headers.get("sec-fetch-mode") === "navigate" &&
    headers.get("sec-fetch-dest") === "document" &&
    // Of the routes, one alone is a place that people are sent to.
    (!pathname.startsWith("/api/") || pathname.startsWith("/api/auth/callback/"))
  );
}

/** A page that opens an address of ours at once, without a script. `url` is whole: `//x` alone is a host. */
export function pageThatOpens(url: string): string {
  const href = url.replace(/[&"'<>]/g, (char) => `&#${char.charCodeAt(0)};`);
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="color-scheme" content="dark light">
<meta http-equiv="refresh" content="0; url=${href}">
<title>Ingot</title>
<p><a href="${href}">Open Ingot</a></p>
</html>
`;
}
