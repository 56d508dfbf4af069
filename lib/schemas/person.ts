import { z } from "zod";
import { idOf } from "#lib/schemas/id";
import { unlinkIdentityInput } from "#lib/schemas/identity";
import { line } from "#lib/schemas/text";

/** An account, for an operator who acts on it. */
export const personInput = z.object({ userId: idOf("user") }).strict();
export type PersonInput = z.infer<typeof personInput>;

export const unlinkIdentityOfInput = personInput.extend(unlinkIdentityInput.shape).strict();
export type UnlinkIdentityOfInput = z.infer<typeof unlinkIdentityOfInput>;

/** What the list of people is asked for in its address. What is not understood filters nothing. */
export const peopleFilter = z.object({
  q: line(100).optional().catch(undefined),
  state: z.enum(["open", "closed"]).optional().catch(undefined),
  after: line(254).optional().catch(undefined),
});
