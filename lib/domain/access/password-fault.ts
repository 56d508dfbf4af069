import { commonPasswords, undisguised } from "#lib/domain/access/common-passwords";
import { longestPassword, shortestPassword } from "#lib/domain/access/password-rules";

/**
 * What is wrong with a new password, in words, or undefined when it will do. Length and being no
 * one's first guess are all that is asked for, as NIST SP 800-63B-4 (3.1.1.2) recommends. `listed`
 * are more common passwords than our own, in the form of `inPlainForm`.
 */
export function passwordFault(
  password: string,
  owner: { email: string },
  listed: ReadonlySet<string>,
): string | undefined {
  if (password.length < shortestPassword) {
    return `Use at least ${shortestPassword} characters. A few unrelated words do well.`;
  }
  if (password.length > longestPassword) return `Use at most ${longestPassword} characters.`;
  const plain = inPlainForm(password);
  if (new Set(plain).size < 5) return "This repeats a few characters. Use a few unrelated words.";
  if (isRun(password)) return "This is a run of neighbours. Use a few unrelated words.";
  const [account = ""] = owner.email.split("@");
  if (account.length >= 4 && plain.replace(undisguised(account), "").length < 6) {
    return "This is little more than your email address. Use a few unrelated words.";
  }
  const withoutEnding = undisguised(password.replace(/[^a-z]+$/i, ""));
  const tried = [plain, withoutEnding];
  if (tried.some((each) => commonPasswords.has(each) || listed.has(each))) {
    return "This is one of the first passwords an attacker tries. Use a few unrelated words.";
  }
  return undefined;
}

/** A password as it is looked up: without disguises and spaces. */
export function inPlainForm(password: string): string {
  return undisguised(password).replace(/\s/g, "");
}

/** `abcdefghijkl`, `123456789012`: nearly every character is one further than the last. */
function isRun(text: string): boolean {
  let steps = 0;
  for (let at = 1; at < text.length; at++) {
    if (Math.abs(text.charCodeAt(at) - text.charCodeAt(at - 1)) === 1) steps++;
  }
  return steps >= text.length - 3;
}
