/** NIST SP 800-63B-4 (3.1.1.2) asks for 15 where a password can be all that is shown. */
export const shortestPassword = 15;
export const longestPassword = 128;

/** Who may sign in with a password. Operators always may: they put a broken provider right. */
export const passwordRules = ["everyone", "operators"] as const;
export type PasswordRule = (typeof passwordRules)[number];
