import { storable } from "#lib/domain/storable";

/** What a provider says of the person who signs in, as far as we look at it. */
export type ProviderClaims = {
  issuer: string;
  subject: string;
  /** In lower case; null when it says none. */
  email: string | null;
  /** True only where the provider says in so many words that the address is theirs. */
  emailVerified: boolean;
  name: string | null;
  groups: string[];
  /** When the person last showed the provider who they are, in seconds since 1970; null when it says none. */
  authTime: number | null;
};

const mostGroups = 1_000;

/**
 * Reads an ID token's claims, with those of the userinfo endpoint. Whatever has another shape than
 * OpenID Connect Core 5.1 gives it counts as not said. Null without an issuer and a subject.
 */
export function readClaims(
  raw: Record<string, unknown>,
  groupsClaim: string,
): ProviderClaims | null {
  const issuer = textOf(raw.iss, 500);
  const subject = textOf(raw.sub, 255);
  if (!issuer || !subject) return null;
  const email = textOf(raw.email, 254)?.trim().toLowerCase() ?? null;
  return {
    issuer,
    subject,
    email,
    emailVerified: email !== null && raw.email_verified === true,
    name: textOf(raw.name, 100)?.trim() || null,
    groups: groupsOf(raw[groupsClaim]),
    authTime: secondsOf(raw.auth_time),
  };
}

/** True when accounts may be made for this address; no domain in the list says any. */
export function isOfDomain(email: string, domains: readonly string[]): boolean {
  return domains.length === 0 || domains.includes(email.slice(email.lastIndexOf("@") + 1));
}

/** One group as text, or a list of them: providers send either. */
function groupsOf(raw: unknown): string[] {
  const list = Array.isArray(raw) ? raw : [raw];
  return [...new Set(list.flatMap((each) => textOf(each, 200) ?? []))].slice(0, mostGroups);
}

function secondsOf(raw: unknown): number | null {
  return typeof raw === "number" && Number.isFinite(raw) && raw >= 0 && raw < 1e11
    ? Math.floor(raw)
    : null;
}

function textOf(raw: unknown, longest: number): string | null {
  return typeof raw === "string" && raw.length > 0 && raw.length <= longest && storable(raw) === raw
    ? raw
    : null;
}
