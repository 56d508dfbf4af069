import { z } from "zod";
import { operatorRoles, projectRoles, tenantRoles } from "#lib/domain/access/role";
import { emailAddress, password, personName } from "#lib/schemas/account";
import { idOf } from "#lib/schemas/id";
import { line } from "#lib/schemas/text";

/** For how many days something is given; null for good. */
export const term = z
  .number()
  .int("Enter whole days.")
  .min(1, "At least one day.")
  .max(366, "At most 366 days.")
  .nullable();

export const inviteMemberInput = z
  .object({
    email: emailAddress,
    role: z.enum(tenantRoles),
    days: term,
    projects: z
      .array(z.object({ projectId: idOf("project"), role: z.enum(projectRoles) }).strict())
      .max(100, "At most 100 projects."),
  })
  .strict();
export type InviteMemberInput = z.infer<typeof inviteMemberInput>;

export const inviteOperatorInput = z
  .object({ email: emailAddress, role: z.enum(operatorRoles) })
  .strict();
export type InviteOperatorInput = z.infer<typeof inviteOperatorInput>;

export const invitationInput = z.object({ invitationId: idOf("invitation") }).strict();
export type InvitationInput = z.infer<typeof invitationInput>;

const token = line(100);

export const acceptInvitationInput = z.object({ token }).strict();
export const joinInput = z.object({ token, name: personName, password }).strict();
export type JoinInput = z.infer<typeof joinInput>;

export const setTermInput = z.object({ userId: idOf("user"), days: term }).strict();
export type SetTermInput = z.infer<typeof setTermInput>;

export const leaveTenantInput = z.object({ tenantId: idOf("tenant") }).strict();
