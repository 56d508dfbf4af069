"use client";

import { useState, useTransition } from "react";
import type { Member, MemberEdit, MemberProject } from "#components/members/member";
import { Button } from "#components/ui/button";
import { Dialog } from "#components/ui/dialog";
import { Field } from "#components/ui/field";
import { FormMessage } from "#components/ui/form-message";
import { Select } from "#components/ui/select";
import { whyRefused } from "#lib/client/ask";
import { type ProjectRole, projectRoles } from "#lib/domain/access/role";

type Props = {
  member: Member;
  projects: MemberProject[];
  setProjectRole: MemberEdit["setProjectRole"];
};

/** Gives a member a role in each project, or takes it away. Each choice holds at once. */
export function ProjectRolesDialog({ member, projects, setProjectRole }: Props) {
  const [pending, startTransition] = useTransition();
  const [refused, setRefused] = useState<string>();
  const hasAll = member.role === "owner" || member.role === "admin";
  const reason = hasAll
    ? `As ${member.role} of the tenant they have every project.`
    : projects.length === 0
      ? "There is no project yet."
      : null;
  return (
    <Dialog
      trigger={
        <Button
          size="sm"
          disabledReason={reason}
          aria-label={`Roles of ${member.name} in projects`}
        >
          Projects
        </Button>
      }
      title={`${member.name} in projects`}
      description={
        member.role === "viewer"
          ? "A viewer of the tenant only looks, whatever the project says."
          : "A choice holds from their next request on."
      }
    >
      <div className="flex flex-col gap-4" aria-busy={pending}>
        {projects.map((project) => (
          <Field
            key={project.id}
            label={project.name}
            hint={
              member.projectManagers[project.id] &&
              `Managed ${member.projectManagers[project.id]}: change the group there.`
            }
          >
            <Select
              disabled={Boolean(member.projectManagers[project.id])}
              value={member.projectRoles[project.id] ?? ""}
              placeholder="No role"
              options={projectRoles.map((role) => ({ value: role, label: role }))}
              onChange={(event) => {
                const role = event.target.value === "" ? null : (event.target.value as ProjectRole);
                startTransition(async () => {
                  const choice = { projectId: project.id, userId: member.userId, role };
                  setRefused(await whyRefused(() => setProjectRole(choice)));
                });
              }}
            />
          </Field>
        ))}
        <FormMessage message={refused} />
      </div>
    </Dialog>
  );
}
