import { z } from "zod";
import { idOf } from "#lib/schemas/id";

const tenantIds = z.array(idOf("tenant")).max(500);
const projectIds = z.array(idOf("project")).max(500);

/**
 * Whom a part of the catalogue is shared with: whole tenants, with their later projects, and projects. Where tenants
 * are left out, whole tenants stay as they are.
 */
export const shareHolders = { tenantIds: tenantIds.optional(), projectIds };

const change = {
  tenantIds: tenantIds.optional(),
  projectIds: projectIds.optional(),
  isShared: z.boolean(),
};

/** A part of the catalogue, and the tenants and projects that may use it from now on, or no more. */
export const changeSharesInput = z
  .discriminatedUnion("kind", [
    z.object({ kind: z.literal("template"), id: idOf("template"), ...change }).strict(),
    z.object({ kind: z.literal("profile"), id: idOf("profile"), ...change }).strict(),
    z.object({ kind: z.literal("image"), id: idOf("image"), ...change }).strict(),
  ])
  .refine(({ tenantIds = [], projectIds = [] }) => tenantIds.length + projectIds.length > 0, {
    path: ["projectIds"],
    error: "Choose a tenant or a project.",
  });
export type ChangeSharesInput = z.infer<typeof changeSharesInput>;
