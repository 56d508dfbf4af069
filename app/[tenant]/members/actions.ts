"use server";

import { addMember } from "#lib/commands/add-member";
import { changeMemberRole } from "#lib/commands/change-member-role";
import { createProject } from "#lib/commands/create-project";
import { removeMember } from "#lib/commands/remove-member";
import { setProjectRole } from "#lib/commands/set-project-role";
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
