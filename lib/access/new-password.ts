import { readFileSync } from "node:fs";
import path from "node:path";
import { inPlainForm, passwordFault } from "#lib/domain/access/password-fault";

const file = path.join(process.cwd(), "lib/access/common-passwords.txt");

/** The list that OWASP ASVS 5.0 (6.2.4) asks for; above the first empty line stands whose it is. */
export const listedPasswords: readonly string[] = readFileSync(file, "utf8")
  .trimEnd()
  .replace(/^.*?\n\n/s, "")
  .split("\n");

const listed: ReadonlySet<string> = new Set(listedPasswords.map(inPlainForm));

/** What is wrong with a new password, in words, or undefined when it will do. */
export function newPasswordFault(password: string, owner: { email: string }): string | undefined {
  return passwordFault(password, owner, listed);
}
