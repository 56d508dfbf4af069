/** How many recovery codes there are after they were made. */
export const recoveryCodeCount = 10;

/** A way for a person to prove, again, that it is they: what they have here, or their provider's word. */
export type Proof =
  | { kind: "passkey" | "code" | "password" }
  | { kind: "provider"; id: string; label: string };

/** What a passkey can be asked to sign for. */
export const challengePurposes = ["add", "second_factor", "prove", "sign_in"] as const;
export type ChallengePurpose = (typeof challengePurposes)[number];

/** How long the browser and its person may take. */
export const challengeMinutes = 5;

/** Passkeys that one person may have. */
export const mostPasskeys = 20;

/** A proof is fresh for so long; what needs one is in the policy table. */
export const proofMinutes = 5;

/** How long a sign-in may wait for its second factor. */
export const pendingMinutes = 5;

/** What a person may have typed: an app's code has six digits, anything else is a recovery code. */
export function readCode(typed: string): { kind: "totp" | "recovery"; code: string } {
  const code = typed.toLowerCase().replace(/[\s-]/g, "");
  return { kind: /^\d{6}$/.test(code) ? "totp" : "recovery", code };
}
