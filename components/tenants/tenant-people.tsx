"use client";

import { InvitationsPanel } from "#components/members/invitations-panel";
import type { Invitation, Member, MemberProject } from "#components/members/member";
import { MembersPanel } from "#components/members/members-panel";
import { ProjectsPanel } from "#components/tenants/projects-panel";
import type { Id } from "#lib/domain/id";
import type { Refusal } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";
import type { InvitationInput, InviteMemberInput, SetTermInput } from "#lib/schemas/invitation";
import type {
  AddMemberInput,
  ChangeMemberRoleInput,
  CreateProjectInput,
  RemoveMemberInput,
  SetProjectRoleInput,
} from "#lib/schemas/tenant";

type InTenant<T> = T & { tenantId: Id<"tenant"> };
type Act<Input, T = unknown> = (input: InTenant<Input>) => Promise<Result<T, Refusal>>;

export type TenantPeopleEdit = {
  createProject: Act<CreateProjectInput>;
  add: Act<AddMemberInput, { oneTimePassword: string }>;
  changeRole: Act<ChangeMemberRoleInput>;
  remove: Act<RemoveMemberInput>;
  setProjectRole: Act<SetProjectRoleInput>;
  setTerm: Act<SetTermInput>;
  resetPassword: Act<RemoveMemberInput, { oneTimePassword: string }>;
  removeFactor: Act<RemoveMemberInput>;
  invite: Act<InviteMemberInput, { path: string }>;
  resendInvitation: Act<InvitationInput, { path: string }>;
  withdrawInvitation: Act<InvitationInput>;
};

type Props = {
  tenantId: Id<"tenant">;
  members: Member[];
  projects: MemberProject[];
  invitations: Invitation[];
  origin: string;
  /** Absent for those who may only look. */
  edit?: TenantPeopleEdit;
};

/** A tenant's projects and members as an operator sees them: each act names the tenant. */
export function TenantPeople({ tenantId, members, projects, invitations, origin, edit }: Props) {
  if (!edit) {
    return (
      <>
        <ProjectsPanel projects={projects} />
        <MembersPanel members={members} projects={projects} isOfOperators />
      </>
    );
  }
  return (
    <>
      <ProjectsPanel
        projects={projects}
        create={(input) => edit.createProject({ ...input, tenantId })}
      />
      <MembersPanel
        members={members}
        projects={projects}
        mayMakeOwners
        isOfOperators
        edit={{
          add: (input) => edit.add({ ...input, tenantId }),
          changeRole: (input) => edit.changeRole({ ...input, tenantId }),
          remove: (input) => edit.remove({ ...input, tenantId }),
          setProjectRole: (input) => edit.setProjectRole({ ...input, tenantId }),
          setTerm: (input) => edit.setTerm({ ...input, tenantId }),
          resetPassword: (input) => edit.resetPassword({ ...input, tenantId }),
          removeFactor: (input) => edit.removeFactor({ ...input, tenantId }),
        }}
      />
      <InvitationsPanel
        invitations={invitations}
        projects={projects}
        origin={origin}
        mayMakeOwners
        edit={{
          invite: (input) => edit.invite({ ...input, tenantId }),
          resend: (input) => edit.resendInvitation({ ...input, tenantId }),
          withdraw: (input) => edit.withdrawInvitation({ ...input, tenantId }),
        }}
      />
    </>
  );
}
