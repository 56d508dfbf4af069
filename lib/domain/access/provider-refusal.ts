/**
 * Why a sign-in with a provider came to nothing. The word travels in the address of the page that
 * says it in full; nothing of what the provider answered does.
 */
export const providerRefusals = {
  provider_unreachable:
    "{provider} cannot be reached just now. Try again in a moment; operators can sign in with their password.",
  provider_slow:
    "{provider} takes too long to answer. Try again in a moment; operators can sign in with their password.",
  provider_wrong:
    "{provider} answers with something else than an OpenID provider does. Tell whoever runs Ingot: its issuer may have moved.",
  provider_gone: "This way to sign in has been taken away. Choose another.",
  denied: "{provider} did not let you in, or you turned back. Try again, or ask who runs it.",
  wrong_client:
    "{provider} does not know Ingot any more. Tell whoever runs Ingot: its client id or secret needs to be entered again.",
  wrong_audience:
    "{provider} sent a token that is meant for another program, so it was not used. Tell whoever runs Ingot.",
  wrong_issuer:
    "The token was issued by someone else than {provider}, so it was not used. Tell whoever runs Ingot.",
  wrong_signature:
    "The token's signature is not by a key that {provider} publishes, so it was not used. If its keys have just changed, try again.",
  wrong_time:
    "The token's times do not fit Ingot's clock: one of the two clocks is wrong. Tell whoever runs Ingot.",
  stale: "This sign-in was begun too long ago, or in another window. Begin again here.",
  prove_first:
    "You last showed who you are more than five minutes ago. Press Link once more and confirm that it is you.",
  fault: "Signing in with {provider} failed, and the reason is in Ingot's log. Try again.",
  not_linked:
    "Nobody here is linked to this {provider} account, and none of its groups has a role. Ask for an invitation; or sign in as you did before and link it under Account.",
  not_verified:
    "{provider} does not vouch for your email address, and without that no account is made. Ask who runs it to verify the address.",
  other_domain:
    "{provider} may sign in people of other email domains only. Ask whoever runs Ingot.",
  address_taken:
    "An account with your address is here already, and it is never linked by address alone. Sign in to it and link {provider} under Account.",
  linked_elsewhere: "This {provider} account is linked to another person here.",
  linked_already: "You are linked to another account of {provider}. Unlink that one first.",
  disabled: "Your account has been disabled. Ask whoever runs Ingot.",
  other_person:
    "You signed in with {provider} as someone else. Use the account that is yours here.",
  proof_old:
    "{provider} let you through without asking who you are, or its clock is behind ours, so its word is no fresh proof. Sign out there and try again, or set up a second factor here.",
  proof_unsaid:
    "{provider} does not say when you last signed in there, so its word is no fresh proof. Sign in here anew, and set up a second factor within five minutes: that is asked for instead.",
  factor_instead:
    "You have a second factor here, and {provider} asks for none itself. Show yours instead.",
  invitation_closed: "This invitation was used, withdrawn, or is too old. Ask for another.",
  invitation_for_other:
    "The invitation is for another email address than the one {provider} vouches for.",
} as const;

export type ProviderRefusal = keyof typeof providerRefusals;

/** The sentence for a refusal, or nothing for a word that is none. */
export function providerRefusalWords(word: unknown, provider: string | undefined) {
  if (typeof word !== "string" || !Object.hasOwn(providerRefusals, word)) return undefined;
  const text = providerRefusals[word as ProviderRefusal].replaceAll(
    "{provider}",
    provider ?? "the provider",
  );
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/**
 * Which refusal an error of the OpenID client is. It tells failures apart by words alone; these are
 * those of openid-client 5.7.1 (lib/client.js, lib/helpers/request.js) and of OAuth 2.0 (RFC 6749,
 * 4.1.2.1 and 5.2).
 */
export function refusalOfClientError(error: unknown): ProviderRefusal {
  const chain = wordsOf(error);
  return patterns.find(([pattern]) => pattern.test(chain))?.[1] ?? "fault";
}

const patterns: readonly (readonly [RegExp, ProviderRefusal])[] = [
  [/timed out|ETIMEDOUT|ESOCKETTIMEDOUT|timeout/i, "provider_slow"],
  [
    /ECONNREFUSED|ECONNRESET|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|EPIPE|socket hang up|CERT_|certificate|SSL|expected 200 OK, got: 5\d\d/i,
    "provider_unreachable",
  ],
  [/access_denied|login_required|interaction_required|consent_required/, "denied"],
  [/invalid_client|unauthorized_client/, "wrong_client"],
  [/aud mismatch|aud is missing|missing required JWT property aud|azp mismatch/, "wrong_audience"],
  [/unexpected iss value|iss mismatch/, "wrong_issuer"],
  [
    /no valid key found|failed to validate JWT signature|unexpected JWT alg|multiple matching keys/,
    "wrong_signature",
  ],
  [/JWT expired|issued in the future|not active yet|too much time has elapsed/, "wrong_time"],
  [/state|nonce|PKCE|code_verifier|invalid_grant|cookie was missing|checks\./i, "stale"],
  [
    /well-known|expected 200 OK|failed to parse JSON|Unexpected token|must be configured/i,
    "provider_wrong",
  ],
];

/** The error's messages and codes, and those of what caused it. */
function wordsOf(error: unknown, depth = 0): string {
  if (depth > 4 || error === null || typeof error !== "object") return String(error ?? "");
  const {
    name,
    code,
    message,
    error: said,
    cause,
    originalError,
  } = error as Record<string, unknown>;
  return [
    name,
    code,
    said,
    message,
    ...[cause, originalError].map((each) => wordsOf(each, depth + 1)),
  ]
    .filter((each) => typeof each === "string")
    .join(" ");
}
