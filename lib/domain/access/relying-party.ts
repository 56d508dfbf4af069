import { isLoopbackName } from "#lib/domain/access/loopback";

/** Whom passkeys are made for: a name that browsers bind them to, and the one origin that may use them. */
export type RelyingParty = { id: string; origin: string };

/**
 * Whom passkeys are made for at the portal's own address. Browsers keep them for names alone, and only
 * where nobody reads along (WebAuthn, 5.1.3): null for another plain-text address, or one that is a
 * number. On loopback, whose three names are one place, it is the name.
 */
export function relyingPartyOf(portalOrigin: string): RelyingParty | null {
  const url = new URL(portalOrigin);
  if (isLoopbackName(url.hostname)) {
    url.hostname = "localhost";
    return { id: "localhost", origin: url.origin };
  }
  const isNumber = url.hostname.startsWith("[") || /^[\d.]+$/.test(url.hostname);
  return url.protocol === "https:" && !isNumber ? { id: url.hostname, origin: url.origin } : null;
}

/** Why there are no passkeys at an address. */
export const noRelyingParty = (portalOrigin: string) => ({
  reason: `Browsers keep passkeys for a name under https, and Ingot is at ${portalOrigin}.`,
  advice: "Whoever runs Ingot can give it such an address.",
});
