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

/** The same on a node that is lent for it, so that scripts run. */
export const rehearseTemplateInput = startDryRunInput.extend({ nodeId: idOf("node") }).strict();
export type RehearseTemplateInput = z.infer<typeof rehearseTemplateInput>;

export const takeBackNodeInput = z.object({ dryRunId: idOf("dryRun") }).strict();
export type TakeBackNodeInput = z.infer<typeof takeBackNodeInput>;

export const replayHookInput = z.object({ hookRunId: idOf("hookRun") }).strict();
export type ReplayHookInput = z.infer<typeof replayHookInput>;

/** The same of what runs on nodes, on a node that is lent for it. */
export const rehearseHookInput = replayHookInput.extend({ nodeId: idOf("node") }).strict();
export type RehearseHookInput = z.infer<typeof rehearseHookInput>;
