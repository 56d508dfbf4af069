"use server";

import { addMember } from "#lib/commands/add-member";
import { changeMemberRole } from "#lib/commands/change-member-role";
import { createProject } from "#lib/commands/create-project";
import { inviteMember, resendInvitation, withdrawInvitation } from "#lib/commands/invite-member";
import { removeMember } from "#lib/commands/remove-member";
import { setMemberFactorRule } from "#lib/commands/set-factor-rule";
import { setMemberTerm } from "#lib/commands/set-member-term";
import { setProjectRole } from "#lib/commands/set-project-role";
import { invitationInput, inviteMemberInput, setTermInput } from "#lib/schemas/invitation";
import { memberFactorRuleInput } from "#lib/schemas/second-factor";
import {
  addMemberInput,
  changeMemberRoleInput,
  createProjectInput,
  removeMemberInput,
  setProjectRoleInput,
} from "#lib/schemas/tenant";
import { tenantAction } from "#lib/server/action";

export const createProjectAction = tenantAction({
  permission: "project.create",
  input: createProjectInput,
  run: (db, grant, input) => createProject(db, grant, grant.tenantId, input),
});

export const addMemberAction = tenantAction({
  permission: "member.edit",
  input: addMemberInput,
  run: (db, grant, input) => addMember(db, grant, grant.tenantId, input),
});

export const changeMemberRoleAction = tenantAction({
  permission: "member.edit",
  input: changeMemberRoleInput,
  run: (db, grant, input) => changeMemberRole(db, grant, grant.tenantId, input),
});

export const removeMemberAction = tenantAction({
  permission: "member.edit",
  input: removeMemberInput,
  run: (db, grant, input) => removeMember(db, grant, grant.tenantId, input),
});

export const setProjectRoleAction = tenantAction({
  permission: "member.edit",
  input: setProjectRoleInput,
  run: (db, grant, input) => setProjectRole(db, grant, grant.tenantId, input),
});

export const inviteMemberAction = tenantAction({
  permission: "member.edit",
  input: inviteMemberInput,
  run: (db, grant, input) => inviteMember(db, grant, grant.tenantId, input),
});

export const resendInvitationAction = tenantAction({
  permission: "member.edit",
  input: invitationInput,
  run: (db, grant, input) => resendInvitation(db, grant, grant.tenantId, input),
});

export const withdrawInvitationAction = tenantAction({
  permission: "member.edit",
  input: invitationInput,
  run: (db, grant, input) => withdrawInvitation(db, grant, grant.tenantId, input),
});

export const setMemberTermAction = tenantAction({
  permission: "member.edit",
  input: setTermInput,
  run: (db, grant, input) => setMemberTerm(db, grant, grant.tenantId, input),
});

export const setMemberFactorRuleAction = tenantAction({
  permission: "member.edit",
  input: memberFactorRuleInput,
  run: setMemberFactorRule,
});
