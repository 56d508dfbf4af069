import { z } from "zod";
import { healthRule } from "#lib/domain/health/rules";
import { healthSeverities } from "#lib/domain/health/severity";
import { idOf } from "#lib/schemas/id";
import { prose } from "#lib/schemas/text";

const reasonId = idOf("healthReason");
const why = prose(500).min(3, "Say why, in a few words.");

export const acknowledgeHealthInput = z.object({ reasonId, note: why }).strict();
export type AcknowledgeHealthInput = z.infer<typeof acknowledgeHealthInput>;

export const clearHealthInput = z.object({ reasonId, note: why }).strict();
export type ClearHealthInput = z.infer<typeof clearHealthInput>;

/** For how long an alert can be silenced, in hours. */
export const silenceHours = [1, 4, 12, 24, 72, 168] as const;

const hours = z.coerce
  .number()
  .refine((hours) => (silenceHours as readonly number[]).includes(hours), "Choose a time.");

export const silenceHealthInput = z.object({ reasonId, hours, reason: why }).strict();
export type SilenceHealthInput = z.infer<typeof silenceHealthInput>;

const ruleCode = z
  .string()
  .max(40, "Choose a rule.")
  .refine((code) => healthRule(code) !== undefined, "Choose a rule.");

/** At most one place; the whole fleet without one. Every rule without a code. */
export const addHealthSilenceInput = z
  .object({
    siteId: idOf("site").optional(),
    rackId: idOf("rack").optional(),
    nodeId: idOf("node").optional(),
    code: ruleCode.optional(),
    hours,
    reason: why,
  })
  .strict()
  .refine(({ siteId, rackId, nodeId }) => [siteId, rackId, nodeId].filter(Boolean).length <= 1, {
    path: ["nodeId"],
    message: "Name one place.",
  });
export type AddHealthSilenceInput = z.infer<typeof addHealthSilenceInput>;

export const endHealthSilenceInput = z.object({ silenceId: idOf("healthSilence") }).strict();
export type EndHealthSilenceInput = z.infer<typeof endHealthSilenceInput>;

const seconds = z
  .number({ error: "Enter a number of seconds." })
  .int("Whole seconds only.")
  .min(0, "Enter a time from 0 seconds to 24 hours.")
  .max(86_400, "Enter a time from 0 seconds to 24 hours.")
  .nullable()
  .optional();

/** What is null or left out is as it is built in. */
export const changeHealthRuleInput = z
  .object({
    code: ruleCode,
    enabled: z.boolean().nullable().optional(),
    severity: z.enum(healthSeverities).nullable().optional(),
    opensAfterSeconds: seconds,
    closesAfterSeconds: seconds,
    // What the rule takes is narrower, and the command's to say.
    threshold: z
      .number({ error: "Enter a number." })
      .min(0, "Not below 0.")
      .max(1_000_000, "At most 1,000,000.")
      .nullable()
      .optional(),
  })
  .strict();
export type ChangeHealthRuleInput = z.infer<typeof changeHealthRuleInput>;

export const resetHealthRuleInput = z.object({ code: ruleCode }).strict();
export type ResetHealthRuleInput = z.infer<typeof resetHealthRuleInput>;
