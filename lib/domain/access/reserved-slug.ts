// First segments of addresses that are not tenants, and words that would read like one of them.
const reserved = new Set([
  "_next",
  "account",
  "admin",
  "api",
  "assets",
  "auth",
  "b",
  "docs",
  "e",
  "favicon-ico",
  "fleet",
  "health",
  "ingot",
  "invitation",
  "n",
  "new",
  "new-password",
  "operators",
  "projects",
  "public",
  "pxe",
  "setup",
  "sign-in",
  "sign-out",
  "static",
  "w",
]);

/** True when a tenant of that slug would hide, or be hidden by, another page. */
export function isReservedSlug(slug: string): boolean {
  return reserved.has(slug);
}
