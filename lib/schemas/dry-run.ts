import { z } from "zod";
import { launchEnvironmentInput } from "#lib/schemas/environment";
import { idOf } from "#lib/schemas/id";
import { slug } from "#lib/schemas/text";

/** A dry run of a version with the values of a launch; of one hook, or null for all of them. */
export const startDryRunInput = launchEnvironmentInput
  .pick({ templateVersionId: true, counts: true, inputs: true })
  .extend({ hook: slug(40).nullable() })
  .strict();
export type StartDryRunInput = z.infer<typeof startDryRunInput>;

export const replayHookInput = z.object({ hookRunId: idOf("hookRun") }).strict();
export type ReplayHookInput = z.infer<typeof replayHookInput>;
