import { proofMinutes } from "#lib/domain/access/second-factor";

/** How far a provider's clock may be ahead of ours. */
const skewSeconds = 60;

/**
 * What a provider's word is worth as a fresh proof, by when it says that the person last signed in
 * there (`auth_time`, OpenID Connect Core 2). "unsaid": it says nothing, or a time that is still to
 * come, so nobody knows; "old": it let them through without asking them again.
 */
export function proofByProvider(
  authTime: number | null,
  nowSeconds: number,
): "fresh" | "old" | "unsaid" {
  if (authTime === null || authTime > nowSeconds + skewSeconds) return "unsaid";
  return authTime < nowSeconds - proofMinutes * 60 ? "old" : "fresh";
}
