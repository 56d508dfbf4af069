import { z } from "zod";
import { idOf } from "#lib/schemas/id";
import { label, line, prose, slug } from "#lib/schemas/text";

const endpoint = {
  description: line(200),
  /** Read by `parseProviderUrl`, whose sentences say what is wrong with it. */
  url: label("its address", 400),
  certificatePem: prose(20_000),
};

export const registerProviderInput = z.object({ name: slug(40), ...endpoint }).strict();
export type RegisterProviderInput = z.infer<typeof registerProviderInput>;

export const changeProviderInput = z
  .object({
    providerId: idOf("provider"),
    /** When it had been changed last, as far as whoever sends this has seen. */
    seen: z.iso.datetime(),
    ...endpoint,
  })
  .strict();
export type ChangeProviderInput = z.infer<typeof changeProviderInput>;

export const providerInput = z.object({ providerId: idOf("provider") }).strict();
export type ProviderInput = z.infer<typeof providerInput>;

const decision = {
  decision: z.enum(["approve", "refuse"]),
  /** Why; has to be said with a refusal. */
  words: line(300).default(""),
};
const saysWhy = (input: { decision: "approve" | "refuse"; words: string }) =>
  input.decision === "approve" || input.words !== "";
const why = { path: ["words"], error: "Say why: whoever launched it reads this." };

/** A decision on an approval that is named elsewhere. */
export const approvalDecision = z.object(decision).strict().refine(saysWhy, why);

export const decideApprovalInput = z
  .object({ hookRunId: idOf("hookRun"), ...decision })
  .strict()
  .refine(saysWhy, why);
export type DecideApprovalInput = z.infer<typeof decideApprovalInput>;

export const retryHookInput = z.object({ hookRunId: idOf("hookRun") }).strict();
export type RetryHookInput = z.infer<typeof retryHookInput>;

const stop = { reason: label("why it is asked no more", 300) };

/** Why a provider that is named elsewhere is asked no more. */
export const stopReason = z.object(stop).strict();

export const stopAskingInput = z.object({ hookRunId: idOf("hookRun"), ...stop }).strict();
export type StopAskingInput = z.infer<typeof stopAskingInput>;
