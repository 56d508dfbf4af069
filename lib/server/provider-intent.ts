import "server-only";
import { cookies } from "next/headers";
import { keepSecret, openSecret } from "#lib/access/kept-secret";
import type { ProviderIntent } from "#lib/commands/sign-in-with-provider";
import { readSettings } from "#lib/config/env";
import { ownCookie } from "#lib/config/own-cookie";

// What a person set out to do goes to their provider and back in a sealed cookie of its own.

/** How long a person may take at their provider. */
export const atProviderSeconds = 15 * 60;

const place = "intent";

/** Has the browser keep the intent until it comes back. That it does so from the same provider is next-auth's to see. */
export function rememberIntent(response: Response, intent: ProviderIntent): void {
  const until = Date.now() + atProviderSeconds * 1000;
  const text = JSON.stringify({ intent, until });
  setIntent(response, keepSecret(readSettings().sessionSecret, place, text));
}

/** The intent that the browser comes back with; to sign in, when it has none of ours. */
export async function readIntent(): Promise<ProviderIntent> {
  const cookie = (await cookies()).get(ownCookie("intent").name)?.value;
  if (!cookie) return { kind: "sign_in" };
  try {
    const kept = JSON.parse(openSecret(readSettings().sessionSecret, place, cookie));
    return kept.until > Date.now() ? kept.intent : { kind: "sign_in" };
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
