import { z } from "zod";
import type { Id } from "#lib/domain/id";
import { addSshKeyInput } from "#lib/schemas/account";
import { idOf } from "#lib/schemas/id";

/** Held to what a person's own key is held to. */
export const addProjectKeyInput = addSshKeyInput;
export type AddProjectKeyInput = z.infer<typeof addProjectKeyInput>;

export const removeProjectKeyInput = z.object({ projectKeyId: idOf("projectKey") }).strict();
export type RemoveProjectKeyInput = z.infer<typeof removeProjectKeyInput>;

/** A key of a project as its people see it. */
export const projectKeyView = z.object({
  id: idOf("projectKey"),
  name: z.string(),
  type: z.string(),
  fingerprint: z.string(),
  addedByName: z.string(),
  createdAt: z.string(),
});
export type ProjectKeyView = z.infer<typeof projectKeyView>;

/** With the environments of the project that accept it, or have it on a node still. */
export type PlacedProjectKey = ProjectKeyView & {
  environments: { id: Id<"environment">; name: string }[];
};
