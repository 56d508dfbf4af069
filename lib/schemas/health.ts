import { z } from "zod";
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

export const silenceHealthInput = z
  .object({
    reasonId,
    hours: z.coerce
      .number()
      .refine((hours) => (silenceHours as readonly number[]).includes(hours), "Choose a time."),
    reason: why,
  })
  .strict();
export type SilenceHealthInput = z.infer<typeof silenceHealthInput>;
