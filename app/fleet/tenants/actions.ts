"use server";

import { addMember } from "#lib/commands/add-member";
import { changeMemberRole } from "#lib/commands/change-member-role";
import { createProject } from "#lib/commands/create-project";
import { createTenant } from "#lib/commands/create-tenant";
import { inviteMember, resendInvitation, withdrawInvitation } from "#lib/commands/invite-member";
import { removeMember } from "#lib/commands/remove-member";
import { removeMemberFactor } from "#lib/commands/remove-second-factor";
import { resetPassword } from "#lib/commands/reset-password";
import { setMemberTerm } from "#lib/commands/set-member-term";
import { setProjectQuota } from "#lib/commands/set-project-quota";
import { setProjectRole } from "#lib/commands/set-project-role";
import { setTenantQuota } from "#lib/commands/set-tenant-quota";
import { invitationInput, inviteMemberInput, setTermInput } from "#lib/schemas/invitation";
import { setProjectQuotaInput, setTenantQuotaInput } from "#lib/schemas/quota";
import { removeMemberFactorInput } from "#lib/schemas/second-factor";
import {
  addMemberInput,
  changeMemberRoleInput,
  createProjectInput,
  createTenantInput,
  inTenant,
  removeMemberInput,
  resetPasswordInput,
  setProjectRoleInput,
} from "#lib/schemas/tenant";
import { fleetAction } from "#lib/server/action";

export const createTenantAction = fleetAction({
  permission: "tenant.create",
  input: createTenantInput,
  run: createTenant,
});

export const createProjectAction = fleetAction({
  permission: "tenant.edit",
  input: inTenant(createProjectInput),
  run: (db, grant, { tenantId, ...input }) => createProject(db, grant, tenantId, input),
});

export const addMemberAction = fleetAction({
  permission: "tenant.edit",
  input: inTenant(addMemberInput),
  run: (db, grant, { tenantId, ...input }) => addMember(db, grant, tenantId, input),
});

export const inviteMemberAction = fleetAction({
  permission: "tenant.edit",
  input: inTenant(inviteMemberInput),
  run: (db, grant, { tenantId, ...input }) => inviteMember(db, grant, tenantId, input),
});

export const resendInvitationAction = fleetAction({
  permission: "tenant.edit",
  input: inTenant(invitationInput),
  run: (db, grant, { tenantId, ...input }) => resendInvitation(db, grant, tenantId, input),
});

export const withdrawInvitationAction = fleetAction({
  permission: "tenant.edit",
  input: inTenant(invitationInput),
  run: (db, grant, { tenantId, ...input }) => withdrawInvitation(db, grant, tenantId, input),
});

export const changeMemberRoleAction = fleetAction({
  permission: "tenant.edit",
  input: inTenant(changeMemberRoleInput),
  run: (db, grant, { tenantId, ...input }) => changeMemberRole(db, grant, tenantId, input),
});

export const removeMemberAction = fleetAction({
  permission: "tenant.edit",
  input: inTenant(removeMemberInput),
  run: (db, grant, { tenantId, ...input }) => removeMember(db, grant, tenantId, input),
});

export const setProjectRoleAction = fleetAction({
  permission: "tenant.edit",
  input: inTenant(setProjectRoleInput),
  run: (db, grant, { tenantId, ...input }) => setProjectRole(db, grant, tenantId, input),
});

export const setMemberTermAction = fleetAction({
  permission: "tenant.edit",
  input: inTenant(setTermInput),
  run: (db, grant, { tenantId, ...input }) => setMemberTerm(db, grant, tenantId, input),
});

export const resetPasswordAction = fleetAction({
  permission: "tenant.edit",
  input: resetPasswordInput,
  run: (db, grant, input) => resetPassword(db, grant, input),
});

export const removeMemberFactorAction = fleetAction({
  permission: "tenant.edit",
  input: removeMemberFactorInput,
  run: removeMemberFactor,
});

export const setTenantQuotaAction = fleetAction({
  permission: "quota.edit",
  input: setTenantQuotaInput,
  run: setTenantQuota,
});

export const setProjectQuotaAction = fleetAction({
  permission: "quota.edit",
  input: inTenant(setProjectQuotaInput),
  run: (db, grant, { tenantId, ...input }) => setProjectQuota(db, grant, tenantId, input),
});
