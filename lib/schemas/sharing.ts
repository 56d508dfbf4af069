import { z } from "zod";
import { idOf } from "#lib/schemas/id";

const withProjects = {
  projectIds: z.array(idOf("project")).min(1, "Choose a project.").max(500),
  isShared: z.boolean(),
};

/** A part of the catalogue, and the projects that may use it from now on, or no more. */
export const changeSharesInput = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("template"), id: idOf("template"), ...withProjects }).strict(),
  z.object({ kind: z.literal("profile"), id: idOf("profile"), ...withProjects }).strict(),
  z.object({ kind: z.literal("image"), id: idOf("image"), ...withProjects }).strict(),
]);
export type ChangeSharesInput = z.infer<typeof changeSharesInput>;
