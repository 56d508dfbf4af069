import "server-only";
import { cookies } from "next/headers";
import { keepSecret, openSecret } from "#lib/access/kept-secret";
import type { ProviderIntent } from "#lib/commands/sign-in-with-provider";
import { readSettings } from "#lib/config/env";
import { ownCookie } from "#lib/config/own-cookie";
import type { Id } from "#lib/domain/id";

// What a person set out to do goes to their provider and back in a sealed cookie of its own.

/** How long a person may take at their provider. */
export const atProviderSeconds = 15 * 60;

const place = "intent";

/** Has the browser keep the intent, and to which provider it goes, until it comes back. */
export function rememberIntent(
  response: Response,
  intent: ProviderIntent,
  providerId: Id<"identityProvider">,
): void {
  const until = Date.now() + atProviderSeconds * 1000;
  const text = JSON.stringify({ intent, providerId, until });
  setIntent(response, keepSecret(readSettings().sessionSecret, place, text));
}

/**
 * The intent that the browser comes back with from a provider; to sign in, when it has none of ours. Null when
 * it went to another one: what that answered is not this one's word (RFC 9700, 4.4).
 */
export async function readIntent(
  providerId: Id<"identityProvider">,
): Promise<ProviderIntent | null> {
  const cookie = (await cookies()).get(ownCookie("intent").name)?.value;
  if (!cookie) return { kind: "sign_in" };
  try {
    const kept = JSON.parse(openSecret(readSettings().sessionSecret, place, cookie));
    if (kept.until <= Date.now()) return { kind: "sign_in" };
    return kept.providerId === providerId ? kept.intent : null;
  } catch {
    return { kind: "sign_in" }; // Forged, or sealed with a secret that has been replaced.
  }
}

export function forgetIntent(response: Response): void {
  setIntent(response, "");
}

function setIntent(response: Response, value: string): void {
  const { name, secure } = ownCookie("intent");
  const age = value ? atProviderSeconds : 0;
  response.headers.append(
    "set-cookie",
    `${name}=${value}; Path=/; HttpOnly; SameSite=Lax; Max-Age=${age}${secure ? "; Secure" : ""}`,
  );
}
