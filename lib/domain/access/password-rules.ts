import { commonPasswords, undisguised } from "#lib/domain/access/common-passwords";

/** NIST SP 800-63B-4 (3.1.1.2) asks for 15 where a password can be all that is shown. */
export const shortestPassword = 15;
export const longestPassword = 128;

/** Who may sign in with a password. Operators always may: they put a broken provider right. */
export const passwordRules = ["everyone", "operators"] as const;
export type PasswordRule = (typeof passwordRules)[number];

/**
 * What is wrong with a new password, in words, or undefined when it will do. Length and being no
 * one's first guess are all that is asked for, as NIST SP 800-63B-4 (3.1.1.2) recommends.
 */
export function passwordFault(password: string, owner: { email: string }): string | undefined {
  if (password.length < shortestPassword) {
    return `Use at least ${shortestPassword} characters. A few unrelated words do well.`;
  }
  if (password.length > longestPassword) return `Use at most ${longestPassword} characters.`;
  const plain = undisguised(password).replace(/\s/g, "");
  if (new Set(plain).size < 5) return "This repeats a few characters. Use a few unrelated words.";
  if (isRun(password)) return "This is a run of neighbours. Use a few unrelated words.";
  const [account = ""] = owner.email.split("@");
  if (account.length >= 4 && plain.replace(undisguised(account), "").length < 6) {
    return "This is little more than your email address. Use a few unrelated words.";
  }
  const withoutEnding = undisguised(password.replace(/[^a-z]+$/i, ""));
  if (commonPasswords.has(plain) || commonPasswords.has(withoutEnding)) {
    return "This is one of the first passwords an attacker tries. Use a few unrelated words.";
  }
  return undefined;
}

/** `abcdefghijkl`, `123456789012`: nearly every character is one further than the last. */
function isRun(text: string): boolean {
  let steps = 0;
  for (let at = 1; at < text.length; at++) {
    if (Math.abs(text.charCodeAt(at) - text.charCodeAt(at - 1)) === 1) steps++;
  }
  return steps >= text.length - 3;
}
