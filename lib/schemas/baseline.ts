import { z } from "zod";
import type { SecurityBaseline } from "#lib/domain/node/baseline-rules";
import { measureModes, type WipeRules } from "#lib/domain/node/wipe-measure";
import { label } from "#lib/schemas/text";

const required = z.boolean().optional();

/** What a node type asks of firmware and security; a rule that is left out is not checked. */
export const securityBaseline = z
  .object({
    firmware: z
      .array(
        z
          .object({
            component: label("which firmware", 60),
            match: z.enum(["at_least", "exactly"]),
            version: label("a version", 80),
            required,
          })
          .strict(),
      )
      .max(30, "At most 30.")
      .optional(),
    secureBoot: z
      .object({ want: z.enum(["on", "off"]), required })
      .strict()
      .optional(),
    tpm: z
      .object({ want: z.enum(["present", "2.0"]), required })
      .strict()
      .optional(),
    ipmiOff: z.object({ required }).strict().optional(),
    certificate: z
      .object({
        maxAgeDays: z
          .number("Enter a number.")
          .int("Enter a whole number.")
          .min(1, "At least 1.")
          .max(36_500, "At most 36,500.")
          .optional(),
        required,
      })
      .strict()
      .optional(),
    accounts: z
      .object({
        allowed: z.array(label("an account's name", 128)).max(50, "At most 50."),
        required,
      })
      .strict()
      .optional(),
  })
  .strict() satisfies z.ZodType<SecurityBaseline>;

const mode = z.enum(measureModes).optional();

/** What a wipe does beside the drives; what is left out is as usual. */
export const wipeRules = z
  .object({ controllerPassword: mode, biosReset: mode, tpmClear: mode })
  .strict() satisfies z.ZodType<WipeRules>;
