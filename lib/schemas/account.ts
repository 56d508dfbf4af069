import { z } from "zod";
import { longestPassword } from "#lib/domain/access/password-rules";
import { operatorRoles } from "#lib/domain/access/role";
import { longestPublicKeyText } from "#lib/domain/ssh-key/public-key";
import { idOf } from "#lib/schemas/id";
import { label, line, prose } from "#lib/schemas/text";

export const emailAddress = z
  .string()
  .trim()
  .toLowerCase()
  .max(254, "At most 254 characters.")
  .pipe(z.email("Enter an email address, as in ada@example.com."));

export const personName = label("a name", 100);

/** Only its size is held here; whether it is a good one is `passwordFault`'s to say. */
export const password = z
  .string()
  .min(1, "Enter a password.")
  .max(longestPassword, `At most ${longestPassword} characters.`);

export const signInInput = z.object({ email: emailAddress, password }).strict();
export type SignInInput = z.infer<typeof signInInput>;

export const createFirstOperatorInput = z
  .object({ token: line(100), email: emailAddress, name: personName, password })
  .strict();
export type CreateFirstOperatorInput = z.infer<typeof createFirstOperatorInput>;

export const changeOperatorRoleInput = z
  .object({
    userId: idOf("user"),
    /** Null takes the fleet away from them. */
    role: z.enum(operatorRoles).nullable(),
  })
  .strict();
export type ChangeOperatorRoleInput = z.infer<typeof changeOperatorRoleInput>;

export const changePasswordInput = z
  .object({ currentPassword: password, newPassword: password })
  .strict();
export type ChangePasswordInput = z.infer<typeof changePasswordInput>;

export const addSshKeyInput = z
  .object({
    name: label("a name for the key", 60),
    publicKey: prose(longestPublicKeyText).min(1, "Paste a public key."),
  })
  .strict();
export type AddSshKeyInput = z.infer<typeof addSshKeyInput>;

export const removeSshKeyInput = z.object({ sshKeyId: idOf("sshKey") }).strict();
export type RemoveSshKeyInput = z.infer<typeof removeSshKeyInput>;

export const revokeSessionInput = z.object({ sessionId: idOf("session") }).strict();

export const nothing = z.object({}).strict();
