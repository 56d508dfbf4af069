import { formatEndpoint, parseEndpoint } from "#lib/domain/network-address";
import { ok, type Result, refuse } from "#lib/domain/result";

/**
 * Reads the address of a provider as a person types it: `https://host[:port]/path`. Refuses in a
 * sentence whatever else a URL can have: another scheme, a user, a query, a fragment, a path with
 * escapes or dots that another reader could take for another place.
 */
export function parseProviderUrl(text: string): Result<{ address: string; path: string }, string> {
  const match = /^https:\/\/([^/?#@\\]+)(\/[^?#]*)?$/i.exec(text);
  if (!match) {
    return refuse(
      "Enter an address such as https://hooks.example.com:8443/ingot, with nothing after the path.",
    );
  }
  const [, authority = "", path = "/"] = match;
  const endpoint = parseEndpoint(authority);
  if (!endpoint.ok) return refuse(endpoint.refusal);
  if (!/^\/[A-Za-z0-9._~/-]{0,200}$/.test(path) || path.includes("..") || path.includes("//")) {
    return refuse("The path has letters, digits, dots, dashes and single slashes only.");
  }
  return ok({ address: formatEndpoint(endpoint.value), path });
}
