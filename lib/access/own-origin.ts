import { isLoopbackName } from "#lib/domain/access/loopback";

/**
 * True when a changing request was made by one of our own pages: its `Origin` is ours, and the
 * browser says so too where it can (`Sec-Fetch-Site`). `Host` and `X-Forwarded-Host` are never
 * asked: the caller writes those. On loopback its three names are one place.
 */
export function comesFromOwnPage(
  headers: { get: (name: string) => string | null },
  configuredOrigin: string,
): boolean {
  const site = headers.get("sec-fetch-site");
  if (site !== null && site !== "same-origin") return false;
  const origin = headers.get("origin");
  if (origin === null) return false;
  if (origin === new URL(configuredOrigin).origin) return true;
  const own = URL.parse(configuredOrigin);
  const theirs = URL.parse(origin);
  return (
    own !== null &&
    theirs !== null &&
    isLoopbackName(own.hostname) &&
    isLoopbackName(theirs.hostname) &&
    own.protocol === theirs.protocol &&
    own.port === theirs.port
  );
}
