import { z } from "zod";
import { personalChannels } from "#lib/domain/notification/delivery";
import { personalKinds } from "#lib/domain/notification/notification";
import { idOf } from "#lib/schemas/id";

/** One of one's notifications, or all there are. */
export const markReadInput = z
  .object({ notificationId: z.union([idOf("notification"), z.literal("all")]) })
  .strict();
export type MarkReadInput = z.infer<typeof markReadInput>;

export const setPreferenceInput = z
  .object({ kind: z.enum(personalKinds), channel: z.enum(personalChannels) })
  .strict();
export type SetPreferenceInput = z.infer<typeof setPreferenceInput>;
