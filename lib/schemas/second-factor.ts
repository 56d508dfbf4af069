import { z } from "zod";
import { longestPassword } from "#lib/domain/access/password-rules";
import { idOf } from "#lib/schemas/id";
import { label } from "#lib/schemas/text";

/** A code of the app or a recovery code, as it was typed. */
export const codeInput = z.object({ code: label("a code", 40) }).strict();
export type CodeInput = z.infer<typeof codeInput>;

/** What proves that it is still the same person: a code where they have a second factor, else the password. */
export const proofInput = z
  .object({
    proof: z
      .string()
      .min(1, "Enter it to go on.")
      .max(longestPassword, `At most ${longestPassword} characters.`),
  })
  .strict();
export type ProofInput = z.infer<typeof proofInput>;

export const factorRuleInput = z.object({ operatorsNeedFactor: z.boolean() }).strict();
export type FactorRuleInput = z.infer<typeof factorRuleInput>;

export const memberFactorRuleInput = z.object({ membersNeedFactor: z.boolean() }).strict();
export type MemberFactorRuleInput = z.infer<typeof memberFactorRuleInput>;

export const removeMemberFactorInput = z
  .object({ tenantId: idOf("tenant"), userId: idOf("user") })
  .strict();

export const removeOperatorFactorInput = z.object({ userId: idOf("user") }).strict();
