import { readSettings } from "#lib/config/env";

/**
 * What a cookie of ours is called, and whether it is kept to TLS. `__Host-` binds it to this very host
 * and to TLS (RFC 6265bis, 4.1.3.2); a browser refuses that name without TLS.
 */
export function ownCookie(name: string): { name: string; secure: boolean } {
  const secure = readSettings().origin.startsWith("https:");
  return { name: `${secure ? "__Host-" : ""}ingot-${name}`, secure };
}
