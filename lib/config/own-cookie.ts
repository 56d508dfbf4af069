import { readSettings } from "#lib/config/env";
import { isLoopbackName } from "#lib/domain/access/loopback";

/**
 * What a cookie of ours is called, and whether it is kept to TLS. `__Host-` binds it to this very host
 * and to TLS (RFC 6265bis, 4.1.3.2); a browser refuses that name without TLS.
 */
export function ownCookie(name: string): { name: string; secure: boolean } {
  const secure = readSettings().origin.startsWith("https:");
  return { name: `${secure ? "__Host-" : ""}ingot-${name}`, secure };
}

/**
 * From where the session's cookie comes along. From no other site: a page that is opened from there opens
 * itself once more (`link-from-elsewhere`), by what browsers say of a request. They say it to addresses that
 * they trust, which are those with TLS and this machine's own.
 */
export function sessionSameSite(): "strict" | "lax" {
  const { protocol, hostname } = new URL(readSettings().origin);
  return protocol === "https:" || isLoopbackName(hostname) ? "strict" : "lax";
}
