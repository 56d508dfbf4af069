import { expect, test } from "vitest";
import { providerRefusalWords, refusalOfClientError } from "#lib/domain/access/provider-refusal";

// The words are openid-client's and Node's own; the sign-in journey holds some of them against a
// provider that really fails in these ways.
test.for([
  ["outgoing request timed out after 5000ms", "provider_slow"],
  ["connect ECONNREFUSED 127.0.0.1:8443", "provider_unreachable"],
  ["getaddrinfo ENOTFOUND login.example.com", "provider_unreachable"],
  ["expected 200 OK, got: 503 Service Unavailable", "provider_unreachable"],
  ["expected 200 OK, got: 404 Not Found", "provider_wrong"],
  ["access_denied", "denied"],
  ["invalid_client (client authentication failed)", "wrong_client"],
  ["aud mismatch, expected ingot, got: other", "wrong_audience"],
  ["unexpected iss value, expected a, got: b", "wrong_issuer"],
  ["failed to validate JWT signature", "wrong_signature"],
  ["no valid key found in issuer's jwks_uri for key parameters {}", "wrong_signature"],
  ["JWT expired, now 2, exp 1", "wrong_time"],
  ["State cookie was missing.", "stale"],
  ["nonce mismatch, expected a, got: b", "stale"],
  ["invalid_grant (grant request is invalid)", "stale"],
  ["something new", "fault"],
] as const)("%s is %s", ([message, refusal]) => {
  expect(refusalOfClientError(new Error(message))).toBe(refusal);
  const wrapped = new Error("OAuthCallbackError", { cause: new Error(message) });
  expect(refusalOfClientError(wrapped)).toBe(refusal);
});

test("only words that we know are said, with the provider's name or without", () => {
  expect(providerRefusalWords("provider_slow", "Example")).toMatch(/^Example takes too long/);
  expect(providerRefusalWords("provider_slow", undefined)).toMatch(/^The provider takes too long/);
  for (const word of ["nothing", "toString", "", undefined, ["denied"]]) {
    expect(providerRefusalWords(word, "Example")).toBeUndefined();
  }
});
