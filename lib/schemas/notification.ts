import { z } from "zod";
import { personalChannels } from "#lib/domain/notification/delivery";
import { isTimeZone } from "#lib/domain/notification/mail-times";
import { personalKinds, tooLateInDigest } from "#lib/domain/notification/notification";
import { idOf } from "#lib/schemas/id";

/** One of one's notifications, or all there are. */
export const markReadInput = z
  .object({ notificationId: z.union([idOf("notification"), z.literal("all")]) })
  .strict();
export type MarkReadInput = z.infer<typeof markReadInput>;

export const setPreferenceInput = z
  .object({ kind: z.enum(personalKinds), channel: z.enum(personalChannels) })
  .strict()
  .refine(({ kind, channel }) => channel !== "digest" || !tooLateInDigest.includes(kind), {
    path: ["channel"],
    error:
      "What is done to your sign-in or with your tokens is told at once or not at all: a digest would be too late.",
  });
export type SetPreferenceInput = z.infer<typeof setPreferenceInput>;

/** Minutes since midnight. */
const minuteOfDay = z.number().int().min(0).max(1_439);

/** When one wants mail: quiet hours, or none, and the time of the daily digest. */
export const setMailTimesInput = z
  .object({
    timeZone: z
      .string()
      .max(64)
      .refine(isTimeZone, "Choose a time zone by its name, as in Europe/Berlin."),
    quiet: z.object({ from: minuteOfDay, until: minuteOfDay }).strict().nullable(),
    digestAt: minuteOfDay,
  })
  .strict();
export type SetMailTimesInput = z.infer<typeof setMailTimesInput>;
