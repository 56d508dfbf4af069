import { z } from "zod";
import { callOutcomes } from "#lib/domain/hook/answer";
import { idOf } from "#lib/schemas/id";

// What operators are told of the calls of providers.

/** How a call went. */
export const callView = z.object({
  id: z.number(),
  at: z.string(),
  durationMs: z.number(),
  outcome: z.enum(callOutcomes),
  words: z.string(),
});
export type CallView = z.infer<typeof callView>;

/** The same among all that its provider was asked. */
export const providerCallView = callView.extend({
  for: z.enum(["hook", "check", "dry run"]),
  /** The run that it was made for; null where it was for none. */
  hookRunId: idOf("hookRun").nullable(),
});
export type ProviderCallView = z.infer<typeof providerCallView>;
