import type { Metadata } from "next";
import { PageCalls } from "#components/api/page-calls";
import { MemberFactorRule } from "#components/identity/factor-rule-panel";
import { InvitationsPanel } from "#components/members/invitations-panel";
import { MembersPanel } from "#components/members/members-panel";
import { ProjectsPanel } from "#components/tenants/projects-panel";
import { PageHeader } from "#components/ui/page-header";
import { tenantRoleMay } from "#lib/access/policy";
import { apiCall } from "#lib/api/table";
import { readSettings } from "#lib/config/env";
import { database } from "#lib/server/database";
import { requireTenantGrant } from "#lib/server/require-grant";
import { membersView } from "#lib/views/members";
import {
  addMemberAction,
  changeMemberRoleAction,
  createProjectAction,
  inviteMemberAction,
  removeMemberAction,
  resendInvitationAction,
  setMemberFactorRuleAction,
  setMemberTermAction,
  setProjectRoleAction,
  withdrawInvitationAction,
} from "./actions";

export const metadata: Metadata = { title: "Members" };

export default async function MembersPage({ params }: PageProps<"/[tenant]/members">) {
  const { tenant } = await params;
  const grant = await requireTenantGrant(tenant, "member.read");
  const { members, projects, invitations, membersNeedFactor } = await membersView(
    database(),
    grant,
  );
  const mayEdit = tenantRoleMay(grant.role, "member.edit");
  return (
    <>
      <PageHeader
        title="Members"
        description={
          mayEdit
            ? "Owners and admins have every project; members and viewers have the ones they are given."
            : "Ask an owner or admin to add someone or to change a role."
        }
      />
      <MembersPanel
        members={members}
        projects={projects}
        mayMakeOwners={grant.role === "owner"}
        edit={
          mayEdit
            ? {
                add: addMemberAction.bind(null, tenant),
                changeRole: changeMemberRoleAction.bind(null, tenant),
                remove: removeMemberAction.bind(null, tenant),
                setProjectRole: setProjectRoleAction.bind(null, tenant),
                setTerm: setMemberTermAction.bind(null, tenant),
              }
            : undefined
        }
      />
      {mayEdit && (
        <InvitationsPanel
          invitations={invitations}
          projects={projects}
          origin={readSettings().origin}
          mayMakeOwners={grant.role === "owner"}
          edit={{
            invite: inviteMemberAction.bind(null, tenant),
            resend: resendInvitationAction.bind(null, tenant),
            withdraw: withdrawInvitationAction.bind(null, tenant),
          }}
        />
      )}
      <MemberFactorRule
        needed={membersNeedFactor}
        change={mayEdit ? setMemberFactorRuleAction.bind(null, tenant) : undefined}
      />
      {mayEdit && (
        <ProjectsPanel projects={projects} create={createProjectAction.bind(null, tenant)} />
      )}
      <PageCalls
        calls={[
          {
            label: "List the members",
            call: apiCall("listMembers", readSettings().origin, { tenant }),
          },
          ...(mayEdit
            ? [
                {
                  label: "Add a project",
                  call: apiCall("createProject", readSettings().origin, { tenant }),
                  body: { slug: "PROJECT", name: "NAME" },
                },
              ]
            : []),
        ]}
        byPeopleOnly="Members, their roles and invitations"
      />
    </>
  );
}
