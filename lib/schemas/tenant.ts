import { z } from "zod";
import { isReservedSlug } from "#lib/domain/access/reserved-slug";
import { projectRoles, tenantRoles } from "#lib/domain/access/role";
import { emailAddress, personName } from "#lib/schemas/account";
import { idOf } from "#lib/schemas/id";
import { term } from "#lib/schemas/invitation";
import { label, slug } from "#lib/schemas/text";

export const createTenantInput = z
  .object({
    slug: slug().refine((text) => !isReservedSlug(text), {
      error: "This word is part of Ingot's own addresses. Choose another.",
    }),
    name: label("a name for the tenant", 80),
  })
  .strict();
export type CreateTenantInput = z.infer<typeof createTenantInput>;

export const createProjectInput = z
  .object({
    slug: slug().refine((text) => text !== "new", { error: "Choose another word than new." }),
    name: label("a name for the project", 80),
  })
  .strict();
export type CreateProjectInput = z.infer<typeof createProjectInput>;

export const addMemberInput = z
  .object({
    email: emailAddress,
    name: personName,
    role: z.enum(tenantRoles),
  })
  .strict();
export type AddMemberInput = z.infer<typeof addMemberInput>;

export const changeMemberRoleInput = z
  .object({ userId: idOf("user"), role: z.enum(tenantRoles) })
  .strict();
export type ChangeMemberRoleInput = z.infer<typeof changeMemberRoleInput>;

export const removeMemberInput = z.object({ userId: idOf("user") }).strict();
export type RemoveMemberInput = z.infer<typeof removeMemberInput>;

export const setProjectRoleInput = z
  .object({
    projectId: idOf("project"),
    userId: idOf("user"),
    /** Null takes the role away. */
    role: z.enum(projectRoles).nullable(),
    /** For how many days from now; null for good, and unsaid keeps what is so. */
    days: term.optional(),
  })
  .strict();
export type SetProjectRoleInput = z.infer<typeof setProjectRoleInput>;

/** The same for an operator, who names the tenant. */
export const inTenant = <Shape extends z.core.$ZodLooseShape>(
  input: z.ZodObject<Shape, z.core.$strict>,
) => input.extend({ tenantId: idOf("tenant") });

export const resetPasswordInput = z
  .object({ tenantId: idOf("tenant"), userId: idOf("user") })
  .strict();
