"use client";

import { InviteMemberDialog } from "#components/members/invite-member-dialog";
import type { Invitation, InvitationEdit, MemberProject } from "#components/members/member";
import { PendingInvitations } from "#components/members/pending-invitations";
import { formatQuantity } from "#lib/client/format";

type Props = {
  invitations: Invitation[];
  projects: MemberProject[];
  origin: string;
  mayMakeOwners: boolean;
  edit: InvitationEdit;
};

/** Who was invited into a tenant and has not come yet. */
export function InvitationsPanel({ invitations, projects, origin, mayMakeOwners, edit }: Props) {
  return (
    <PendingInvitations
      invitations={invitations}
      roleOf={({ role, memberDays }) =>
        memberDays === null ? role : `${role}, for ${formatQuantity(memberDays, "day")}`
      }
      origin={origin}
      about="An invitation is a link that makes its holder a member, once."
      invite={
        <InviteMemberDialog
          projects={projects}
          origin={origin}
          mayMakeOwners={mayMakeOwners}
          invite={edit.invite}
        />
      }
      edit={edit}
    />
  );
}
