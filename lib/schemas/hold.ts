import { z } from "zod";
import { launchEnvironmentInput } from "#lib/schemas/environment";
import { idOf } from "#lib/schemas/id";

/** What is held: the nodes that a launch of this template with these counts would take. */
export const placeHoldInput = launchEnvironmentInput
  .pick({ templateVersionId: true, counts: true })
  .strict();
export type PlaceHoldInput = z.infer<typeof placeHoldInput>;

export const endHoldInput = z.object({ holdId: idOf("hold") }).strict();
export type EndHoldInput = z.infer<typeof endHoldInput>;
