"use client";

import { useState, useTransition } from "react";
import { AddMemberDialog } from "#components/members/add-member-dialog";
import {
  comesBack,
  type Member,
  type MemberEdit,
  type MemberProject,
} from "#components/members/member";
import { ProjectRolesDialog } from "#components/members/project-roles-dialog";
import { RemoveFactorDialog } from "#components/members/remove-factor-dialog";
import { ResetPasswordDialog } from "#components/members/reset-password-dialog";
import { TermDialog } from "#components/members/term-dialog";
import { Button } from "#components/ui/button";
import { ConfirmDialog } from "#components/ui/confirm-dialog";
import { DropdownMenu, MenuRadioGroup } from "#components/ui/dropdown-menu";
import { EmptyState } from "#components/ui/empty-state";
import { FormMessage } from "#components/ui/form-message";
import { Panel } from "#components/ui/panel";
import { RelativeTime } from "#components/ui/relative-time";
import { type Column, DataTable } from "#components/ui/table";
import { Tag } from "#components/ui/tag";
import { TextLink } from "#components/ui/text-link";
import { whyRefused } from "#lib/client/ask";
import { formatQuantity } from "#lib/client/format";
import { runsTenant, type TenantRole, tenantRoles } from "#lib/domain/access/role";

type Props = {
  members: Member[];
  projects: MemberProject[];
  /** Absent for those who may only look. */
  edit?: MemberEdit;
  mayMakeOwners?: boolean;
  /** Each name is a link to the account, which operators alone may open. */
  isOfOperators?: boolean;
};

/** A tenant's people: their role in the tenant and in its projects. */
export function MembersPanel({
  members,
  projects,
  edit,
  mayMakeOwners = false,
  isOfOperators = false,
}: Props) {
  const [refused, setRefused] = useState<string>();
  const columns: Column<Member>[] = [
    {
      id: "name",
      header: "Member",
      rowHeader: true,
      cell: (member) => (
        <>
          <span className="inline-flex flex-wrap items-center gap-2">
            {isOfOperators ? (
              <TextLink quiet href={`/fleet/people/${member.userId}`}>
                {member.name}
              </TextLink>
            ) : (
              member.name
            )}
            {member.isClosed && <Tag>account closed</Tag>}
          </span>
          <span className="block text-faint text-xs">{member.email}</span>
        </>
      ),
    },
    {
      id: "role",
      header: "Role",
      cell: (member) =>
        member.manager ? (
          <>
            {member.role}
            <span className="block text-faint text-xs">{member.manager}</span>
          </>
        ) : edit ? (
          <RoleMenu
            member={member}
            mayMakeOwners={mayMakeOwners}
            change={edit.changeRole}
            onRefused={setRefused}
          />
        ) : (
          member.role
        ),
    },
    {
      id: "projects",
      header: "Projects",
      cell: (member) => <ProjectRoles member={member} projects={projects} />,
    },
    {
      id: "since",
      header: "Member since",
      cell: (member) => (
        <span className="inline-flex flex-wrap items-center gap-2">
          <RelativeTime at={member.since} />
          {member.until && (
            <Tag>
              {member.hasEnded ? "ended" : "ends"} <RelativeTime at={member.until} />
            </Tag>
          )}
          {member.hasNotSignedIn && <Tag>one-time password not used</Tag>}
        </span>
      ),
    },
  ];
  if (edit) {
    columns.push({
      id: "act",
      header: "Acts",
      headerHidden: true,
      align: "end",
      cell: (member) => (
        <span className="inline-flex flex-wrap gap-1.5 md:justify-end">
          <ProjectRolesDialog
            member={member}
            projects={projects}
            setProjectRole={edit.setProjectRole}
          />
          {edit.setTerm && <TermDialog member={member} setTerm={edit.setTerm} />}
          {edit.resetPassword && <ResetPasswordDialog member={member} reset={edit.resetPassword} />}
          {member.hasSecondFactor && <RemoveMemberFactor member={member} edit={edit} />}
          <ConfirmDialog
            trigger={
              <Button size="sm" variant="danger-quiet" aria-label={`Remove ${member.name}`}>
                Remove
              </Button>
            }
            title={`Remove ${member.name}?`}
            consequences={[
              { verb: "Takes", text: "the tenant and all its projects from them, at once." },
              {
                verb: "Keeps",
                text: "their account, and the environments they launched with the SSH keys these accept.",
              },
              ...comesBack(member.manager),
            ]}
            confirmLabel="Remove member"
            pendingLabel="Removing…"
            onConfirm={() => whyRefused(() => edit.remove({ userId: member.userId }))}
          />
        </span>
      ),
    });
  }
  const add = edit && <AddMemberDialog add={edit.add} mayMakeOwners={mayMakeOwners} />;
  return (
    <Panel
      title="Members"
      meta={formatQuantity(members.length, "person", "people")}
      padded={false}
      // Never in the empty state: that is gone with the first member, and with it the password shown.
      actions={add}
    >
      {refused && (
        <div className="border-line border-b px-4 py-2">
          <FormMessage message={refused} />
        </div>
      )}
      <DataTable
        label="Members"
        columns={columns}
        rows={members}
        rowKey={(member) => member.userId}
        empty={
          <EmptyState title="No members yet">
            Begin with an owner: they bring in everyone else.
          </EmptyState>
        }
      />
    </Panel>
  );
}

function RemoveMemberFactor({ member, edit }: { member: Member; edit: MemberEdit }) {
  const { removeFactor } = edit;
  if (!removeFactor) return null;
  return (
    <RemoveFactorDialog name={member.name} remove={() => removeFactor({ userId: member.userId })} />
  );
}

function ProjectRoles({ member, projects }: { member: Member; projects: MemberProject[] }) {
  if (runsTenant(member.role)) return "every project";
  const given = projects.filter((project) => member.projectRoles[project.id]);
  if (given.length === 0) return <span className="text-faint">none yet</span>;
  return (
    <ul className="flex flex-col gap-0.5">
      {given.map((project) => (
        <li key={project.id}>
          {project.name}{" "}
          <span className="text-faint">
            {/* A tenant's viewer stays one whatever a project says. */}
            {member.role === "viewer" ? "viewer" : member.projectRoles[project.id]}
            {member.projectManagers[project.id] && `, ${member.projectManagers[project.id]}`}
          </span>
        </li>
      ))}
    </ul>
  );
}

function RoleMenu({
  member,
  mayMakeOwners,
  change,
  onRefused,
}: {
  member: Member;
  mayMakeOwners: boolean;
  change: MemberEdit["changeRole"];
  onRefused: (words: string | undefined) => void;
}) {
  const [pending, startTransition] = useTransition();
  if (member.role === "owner" && !mayMakeOwners) return "owner";
  return (
    <DropdownMenu
      align="start"
      trigger={
        <Button size="sm" pending={pending} aria-label={`Role of ${member.name}: ${member.role}`}>
          {member.role}
        </Button>
      }
    >
      <MenuRadioGroup
        label="Role in the tenant"
        value={member.role}
        onValueChange={(role) =>
          startTransition(async () => {
            onRefused(
              await whyRefused(() => change({ userId: member.userId, role: role as TenantRole })),
            );
          })
        }
        options={tenantRoles
          .filter((role) => role !== "owner" || mayMakeOwners)
          .map((role) => ({ value: role, label: role }))}
      />
    </DropdownMenu>
  );
}
