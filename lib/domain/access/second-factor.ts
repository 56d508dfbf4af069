/** How many recovery codes there are after they were made. */
export const recoveryCodeCount = 10;

/** What a person shows to prove, again, that it is they. */
export type ProofKind = "code" | "password";

/** A proof is fresh for so long; what needs one is in the policy table. */
export const proofMinutes = 5;

/** How long a sign-in may wait for its second factor. */
export const pendingMinutes = 5;

/** What a person may have typed: an app's code has six digits, anything else is a recovery code. */
export function readCode(typed: string): { kind: "totp" | "recovery"; code: string } {
  const code = typed.toLowerCase().replace(/[\s-]/g, "");
  return { kind: /^\d{6}$/.test(code) ? "totp" : "recovery", code };
}
